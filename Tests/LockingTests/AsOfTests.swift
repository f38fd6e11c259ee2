import Essentials
import Lockfiles
import Locking
import Storage
import SystemPackage
import TestSupport
import Testing

/// Locks against what earlier locks have left in the store.
@Suite struct AsOfTests {
  let bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws { bench = try await LockingBench() }

  private static let day: Int64 = 86_400

  /// A lock of each of two days.
  private func lockTwice() async throws -> (Lockfile, Lockfile) {
    let first = try await bench.lock()
    try await workshop.archive.publish(
      Workshop.codename, Workshop.packages.filter { $0.name != "libc6" } + [.init("libc6", "2.36-10")],
      date: DebianArchive.date + Self.day)
    try await workshop.index.publish(
      Workshop.wheels + [.init("django-5.1-py3-none-any.whl", uploaded: "2025-11-02T12:00:00Z")])
    return (first, try await bench.lock(first, upgrade: .everything))
  }

  @Test func `an earlier day's answer is given again, and no archive is asked`() async throws {
    let (first, second) = try await lockTwice()
    #expect(
      LockfileDifference(from: first, to: second).summary == [
        "libc6 2.36-9 → 2.36-10", "django 5.0 → 5.1", "sqlparse 0.4 removed",
      ])
    try workshop.server.set([
      "/archive/dists/harbour/InRelease": .absent, "/archive/dists/harbour-updates/InRelease": .absent,
    ])
    for moment in [DebianArchive.date, DebianArchive.date + Self.day - 1] {
      let again = try await bench.lock(second, upgrade: .everything, asOf: moment)
      #expect(again.text == first.text)
    }
    let today = try await bench.lock(first, upgrade: .everything, asOf: DebianArchive.date + Self.day)
    #expect(today.text == second.text)
  }

  @Test func `says how far back the store goes`() async throws {
    _ = try await bench.lock()
    let refusal = try #require(
      try await bench.fault { _ = try await bench.lock(asOf: DebianArchive.date - 1) })
    #expect(refusal.category == .notAvailableOffline)
    #expect(
      refusal.message == "the store keeps no Release file of harbour from 2025-11-01T11:59:59Z or before")
    #expect(refusal.hints == ["the oldest that it has is of 2025-11-01T12:00:00Z"])
  }

  @Test func `what nobody has signed doesn't count, whatever it claims`() async throws {
    let (first, _) = try await lockTwice()
    let release = try DurableFile.read(
      workshop.archive.root.pushing(FilePath("dists/\(Workshop.codename)/InRelease")))
    let forged = String(decoding: release, as: UTF8.self).replacing("Nov 2025 12:", with: "Nov 2025 11:")
      .replacing("02 Nov", with: "01 Nov")
    _ = try bench.store.publish(Array(forged.utf8))
    let again = try await bench.lock(asOf: DebianArchive.date)
    #expect(again.text == first.text)
  }

  @Test func `an index that tells no upload times can't say what it had`() async throws {
    _ = try await bench.lock()
    try await workshop.index.publishHTML(Workshop.wheels)
    let refusal = try #require(try await bench.fault { _ = try await bench.lock(asOf: DebianArchive.date) })
    #expect(refusal.category == .noSolution)
    #expect(
      refusal.message
        == "the Python index doesn't say when django-5.0-py3-none-any.whl was uploaded, so what it had on a day can't be told"
    )
    #expect(!refusal.hints.isEmpty)
  }
}
