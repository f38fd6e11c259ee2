import Essentials
import Lockfiles
import Locking
import Storage
import SystemPackage
import TestSupport
import Testing

/// What a lock says of archives, indexes and recipes that aren't as they should be.
@Suite struct LockerFaultTests {
  let bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws { bench = try await LockingBench() }

  private func refusal(_ changes: [String: String] = [:]) async throws -> Diagnostic {
    try #require(try await bench.fault { _ = try await bench.lock(changes: changes) })
  }

  @Test(arguments: [
    (DebianArchive.Fault.tampered, "the Release file of harbour was changed after it was signed"),
    (.unknownKey, "the Release file of harbour is signed by the unknown key "),
    (.unsigned, "the Release file of harbour carries no valid signature"),
    (
      .wrongIndex, "package index of harbour/main from 127.0.0.1 isn't what is pinned: a blob has the digest "
    ),
    (.truncatedIndex, "package index of harbour/main from 127.0.0.1 has "),
  ])
  func `refuses an archive that isn't what its key says`(_ fault: DebianArchive.Fault, _ message: String)
    async throws
  {
    try await workshop.archive.publish(Workshop.codename, Workshop.packages, fault: fault)
    let refusal = try await refusal()
    #expect(refusal.category == .verificationFailed)
    #expect(refusal.message.hasPrefix(message), "\(refusal.message)")
    #expect(!refusal.hints.isEmpty)
    // Nothing that such an archive says is kept.
    #expect(try bench.store.blobs().allSatisfy { $0.size < 1500 })
    #expect(try bench.store.roots().isEmpty)
  }

  @Test func `refuses an archive whose keyring has no such key, or isn't there`() async throws {
    let empty = workshop.folder.appending("empty.gpg")
    try DurableFile.write([], to: empty)
    let refusal = try await refusal(["HARDTACK_DEBIAN_KEYRING": empty.string])
    #expect(refusal.category == .verificationFailed)
    #expect(refusal.message.hasPrefix("the Release file of harbour"), "\(refusal.message)")
    #expect(!refusal.hints.isEmpty)
    let missing = try await self.refusal(["HARDTACK_DEBIAN_KEYRING": "/nowhere/archive.gpg"])
    #expect(missing.category == .verificationFailed)
    #expect(missing.message == "there is no keyring /nowhere/archive.gpg to verify harbour by")
    #expect(!missing.hints.isEmpty)
  }

  @Test func `refuses a Release file past its time`() async throws {
    try await workshop.archive.publish(
      Workshop.codename, Workshop.packages, validUntil: DebianArchive.date + 86_400)
    let refusal = try await refusal()
    #expect(refusal.category == .verificationFailed)
    #expect(refusal.message.hasPrefix("the Release file of harbour expired "), "\(refusal.message)")
    #expect(refusal.message.hasSuffix(" days ago"))
    #expect(refusal.hints.first?.contains("Acquire::Check-Valid-Until") == true)
    // One whose time has not come is taken.
    try await workshop.archive.publish(Workshop.codename, Workshop.packages, validUntil: 7_000_000_000)
    _ = try await bench.lock()
  }

  @Test func `says which suite an archive doesn't have`() async throws {
    try workshop.server.set(["/archive/dists/harbour-updates/InRelease": .absent])
    let refusal = try await refusal()
    #expect(refusal.category == .notAvailableOffline)
    #expect(refusal.message == "the archive has no Release file for harbour-updates (status 404)")
    #expect(!refusal.hints.isEmpty)
  }

  @Test func `refuses a Python index over plain http that isn't this machine's own`() async throws {
    let refusal = try await refusal(["HARDTACK_PYPI_INDEX": "http://example.test/simple"])
    #expect(refusal.category == .verificationFailed)
    #expect(refusal.message == "the Python index is reached over plain http, and nothing signs what it says")
  }

  @Test(arguments: [
    ("nginx", "ngnix", "no archive has a package 'ngnix'", "did you mean 'nginx'?"),
    ("nginx", "nginx (>= 9)", "no archive offers 'nginx (>= 9)'", "ask for a version that is there"),
    ("[django]", "[djngo]", "the index has no project 'djngo'", "check the spelling of 'djngo'"),
    ("[django]", "['django>9']", "no version of django>9 exists", "the newest version of 'django' is 5.0"),
  ])
  func `says what nobody has, where the recipe asks for it, and what is near`(
    _ asked: String, _ instead: String, _ message: String, _ hint: String
  ) async throws {
    try workshop.write(
      Workshop.recipeText.replacing("[nginx,", with: "[\(asked == "nginx" ? instead : "nginx"),")
        .replacing(asked == "nginx" ? "%" : asked, with: instead))
    let refusal = try await refusal()
    #expect(refusal.category == .noSolution)
    #expect(refusal.message.hasPrefix(message), "\(refusal.message)")
    #expect(refusal.hints.contains { $0.contains(hint) }, "\(refusal.hints)")
    #expect(refusal.location?.file.hasSuffix("recipe.yaml") == true)
    #expect(refusal.location?.line == (asked == "nginx" ? 3 : 4))
  }

  @Test func `says for which target there is no wheel`() async throws {
    try workshop.write(Workshop.recipeText.replacing("[django]", with: "[fast]"))
    try await workshop.index.publish([
      WheelIndex.Wheel("fast-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"),
      WheelIndex.Wheel("fast-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"),
    ])
    let refusal = try await refusal()
    #expect(refusal.category == .noSolution)
    #expect(
      "\(refusal)".contains("fast==1.0 has no wheel for CPython 3.11 on x86_64 with glibc 2.36")
        || "\(refusal)".contains("fast has no wheel for CPython 3.11 on x86_64 with glibc 2.36"), "\(refusal)"
    )
    #expect(!refusal.hints.isEmpty)
  }

  @Test func `says that requirements need a Python in the image`() async throws {
    try workshop.write(Workshop.recipeText.replacing(", python3.11-minimal", with: ""))
    let refusal = try await refusal()
    #expect(refusal.category == .noSolution)
    #expect(refusal.hints == ["add python3 to the recipe's 'packages'"])
  }
}
