import Essentials
import Lockfiles
import Locking
import Storage
import SystemPackage
import TestSupport
import Testing

/// Archives that have `Release` and `Release.gpg` instead of `InRelease`.
@Suite struct DetachedReleaseTests {
  let bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws { bench = try await LockingBench() }

  private func publish(
    date: Int64 = DebianArchive.date, fault: DebianArchive.Fault? = nil, isArmored: Bool = true
  ) async throws {
    try await workshop.archive.publish(
      Workshop.codename, Workshop.packages, date: date, fault: fault, form: .detached(isArmored: isArmored))
  }

  @Test func `are locked like others, and what was signed is kept with its signature`() async throws {
    let inline = try await LockingBench().lock()
    try await publish()
    let lockfile = try await bench.lock()
    #expect(lockfile.lines == inline.lines)
    let folder = workshop.archive.root.appending("dists").appending(Workshop.codename)
    let signature = try DurableFile.read(folder.appending("Release.gpg"))
    let kept = try bench.store.read(try #require(lockfile.debian.suites.first).release)
    #expect(kept == signature + (try DurableFile.read(folder.appending("Release"))))
    // A day later, that day's answer is verified anew from what was kept.
    try await workshop.archive.publish(
      Workshop.codename, Workshop.packages.filter { $0.name != "libc6" } + [.init("libc6", "2.36-10")],
      date: DebianArchive.date + 86_400, form: .detached())
    let later = try await bench.lock(lockfile, upgrade: .everything)
    #expect(LockfileDifference(from: lockfile, to: later).summary == ["libc6 2.36-9 → 2.36-10"])
    #expect(try await bench.lock(later, upgrade: .everything, asOf: DebianArchive.date).text == lockfile.text)
  }

  @Test(
    arguments: [
      (.unsigned, true, "the Release file of harbour has no signature: there is no Release.gpg"),
      (.tampered, true, "the Release file of harbour was changed after it was signed"),
      (.unknownKey, true, "the Release file of harbour is signed by the unknown key "),
      (nil, false, "the Release.gpg of harbour isn't a signature in ASCII armour"),
    ] as [(DebianArchive.Fault?, Bool, String)])
  func `are refused where the signature isn't good`(
    _ fault: DebianArchive.Fault?, _ isArmored: Bool, _ message: String
  ) async throws {
    try await publish(fault: fault, isArmored: isArmored)
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.category == .verificationFailed)
    #expect(refusal.message.hasPrefix(message), "\(refusal.message)")
    #expect(!refusal.hints.isEmpty)
  }

  @Test func `are refused where more than a signature stands in its file`() async throws {
    try await publish()
    let path = workshop.archive.root.appending("dists").appending(Workshop.codename).appending("Release.gpg")
    try DurableFile.write(try DurableFile.read(path) + Array("Origin: elsewhere\n".utf8), to: path)
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.message == "the Release.gpg of harbour isn't a signature in ASCII armour")
  }
}
