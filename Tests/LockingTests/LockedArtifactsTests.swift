import Essentials
import Lockfiles
import Locking
import Storage
import SystemPackage
import TestSupport
import Testing

/// Fetches what a lockfile pins, from an archive in trouble.
@Suite struct LockedArtifactsTests {
  let bench: LockingBench
  let lockfile: Lockfile
  var workshop: Workshop { bench.workshop }

  private static let big = "/archive/pool/nginx-common_1.22.1-9_all.deb"

  init() async throws {
    bench = try await LockingBench()
    lockfile = try await bench.lock()
  }

  private func digest(_ name: String) throws -> Digest {
    try #require(lockfile.debian.packages.first { $0.name == name }).digest
  }

  @Test func `brings all of it, and asks nobody again`() async throws {
    let outcome = try await bench.fetch(lockfile)
    #expect(outcome.fetched == 8 && outcome.total == 8)
    for file in lockfile.artifacts { #expect(try bench.store.read(file.digest).count == Int(file.size)) }
    let requests = workshop.server.log.count
    let again = try await bench.fetch(lockfile)
    #expect(again.fetched == 0 && again.bytes == 0)
    #expect(workshop.server.log.count == requests)
  }

  @Test func `keeps from collection what a colleague's lockfile pins`() async throws {
    let other = try Store(at: workshop.folder.appending("other"), creating: true)
    _ = try await bench.fetch(lockfile, into: other)
    let root = try #require(try other.roots().first { $0.kind == .lockfile })
    #expect(Set(root.digests).isSuperset(of: lockfile.artifacts.map(\.digest)))
  }

  @Test func `goes on where an archive hung up`() async throws {
    try workshop.server.set([Self.big: .halfOnce])
    _ = try await bench.fetch(lockfile)
    #expect(bench.store.contains(try digest("nginx-common")))
    let ranges = workshop.server.log.filter { $0.hasPrefix(Self.big) }.map {
      $0.dropFirst(Self.big.count + 1)
    }
    #expect(ranges.count == 2 && ranges[0] == "-" && ranges[1].hasPrefix("bytes=1"), "\(ranges)")
  }

  @Test(arguments: [
    (ArchiveServer.Fault.half, Diagnostic.Category.notAvailableOffline), (.flip, .verificationFailed),
    (.absent, .failed),
  ])
  func `stores nothing wrong where an archive is in trouble, and goes on when it's well`(
    _ fault: ArchiveServer.Fault, _ category: Diagnostic.Category
  ) async throws {
    try workshop.server.set([Self.big: fault])
    let refusal = try #require(try await bench.fault { _ = try await bench.fetch(lockfile) })
    #expect(refusal.category == category, "\(refusal)")
    #expect(refusal.message.contains("nginx-common 1.22.1-9"), "\(refusal)")
    #expect(!refusal.hints.isEmpty)
    #expect(!bench.store.contains(try digest("nginx-common")))
    #expect(try await bench.store.verify(bench.quiet).damaged.isEmpty)
    try workshop.server.set([:])
    _ = try await bench.fetch(lockfile)
    #expect(bench.store.contains(try digest("nginx-common")))
  }

  @Test func `says which wheel the index has no more, or has with other content`() async throws {
    try await workshop.index.publish([WheelIndex.Wheel("django-5.1-py3-none-any.whl")])
    let gone = try #require(try await bench.fault { _ = try await bench.fetch(lockfile) })
    #expect(gone.category == .notAvailableOffline)
    #expect(gone.message == "the Python index no longer has django-5.0-py3-none-any.whl")
    #expect(
      gone.hints == ["run 'hardtack lock \(workshop.recipe) --upgrade django' to choose another version"])

    var edited = lockfile
    var wheels = try #require(lockfile.python).packages
    wheels[1].digest = Digest(of: "another")
    edited.python = Lockfile.Python(interpreter: "3.11", packages: wheels)
    try await workshop.index.publish(Workshop.wheels)
    let other = try #require(try await bench.fault { _ = try await bench.fetch(edited) })
    #expect(other.category == .verificationFailed)
    #expect(other.message == "the Python index has another sqlparse-0.4-py3-none-any.whl than is pinned")
    #expect(!other.hints.isEmpty)
  }

  @Test func `refuses a package that isn't the one which the lockfile calls it`() async throws {
    var packages = lockfile.debian.packages
    packages[2].version = "1.22.1-10"
    var edited = lockfile
    edited.debian = Lockfile.Debian(
      architecture: .amd64, suites: lockfile.debian.suites, packages: packages, initrd: lockfile.debian.initrd
    )
    // The second time it's stored already.
    for _ in 0..<2 {
      let refusal = try #require(try await bench.fault { _ = try await bench.fetch(edited) })
      #expect(refusal.category == .verificationFailed)
      #expect(
        refusal.message
          == "the lockfile pins nginx 1.22.1-10, and its digest is that of the package nginx 1.22.1-9 all")
    }
    _ = try await bench.fetch(lockfile)
  }

  @Test func `refuses a wheel whose name says another version`() async throws {
    var wheels = try #require(lockfile.python).packages
    wheels[0].version = "5.2"
    var edited = lockfile
    edited.python = Lockfile.Python(interpreter: "3.11", packages: wheels)
    let refusal = try #require(try await bench.fault { _ = try await bench.fetch(edited) })
    #expect(refusal.category == .verificationFailed)
    #expect(
      refusal.message
        == "the lockfile pins django 5.2, and its digest is that of django-5.0-py3-none-any.whl")
  }
}
