import Essentials
import Lockfiles
import Locking
import SystemPackage
import TestSupport
import Testing

/// Recipes that name another tool's lockfile with what has to be built in it.
@Suite struct LockedSourceTests {
  var bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws {
    bench = try await LockingBench()
    bench.builder = StandInBuilder(store: bench.store)
    try await workshop.index.publish([
      WheelIndex.Wheel("legacy-1.0.tar.gz"), WheelIndex.Wheel("wheel-0.45-py3-none-any.whl"),
      WheelIndex.Wheel("setuptools-80.0-py3-none-any.whl"),
    ])
  }

  /// The name of another tool's lockfile, and its text with `HEX` in place of the digest.
  static let locks = [
    (
      "uv.lock",
      """
      version = 1
      requires-python = ">=3.11"
      [[package]]
      name = "shop"
      source = { virtual = "." }
      dependencies = [{ name = "legacy" }]
      [[package]]
      name = "legacy"
      version = "1.0"
      source = { registry = 'https://example.test/simple' }
      sdist = { url = "https://example.test/legacy-1.0.tar.gz", hash = "sha256:HEX", size = 9 }

      """
    ),
    (
      "pylock.toml",
      """
      lock-version = "1.0"
      created-by = "test"
      [[packages]]
      name = "legacy"
      version = "1.0"
      sdist = { path = "legacy-1.0.tar.gz", hashes = { sha256 = "HEX" } }

      """
    ),
    (
      "poetry.lock",
      """
      [[package]]
      name = "legacy"
      version = "1.0"
      optional = false
      python-versions = "*"
      groups = ["main"]
      files = [{ file = "legacy-1.0.tar.gz", hash = "sha256:HEX" }]
      [metadata]
      lock-version = "2.1"
      python-versions = ">=3.11"

      """
    ),
  ]

  @Test(arguments: locks)
  func `builds what another tool has locked without a wheel`(_ name: String, _ text: String) async throws {
    let bytes = try DurableFile.read(workshop.index.root.appending("files").appending("legacy-1.0.tar.gz"))
    func use(_ digest: Digest, build: String) throws {
      try DurableFile.write(
        Array(text.replacing("HEX", with: digest.hexadecimal).utf8),
        to: workshop.recipe.pushing(FilePath(name)))
      try workshop.write(
        Workshop.recipeText.replacing("[django]", with: "\(name), build: [\(build)]"))
    }
    try use(Digest(of: bytes), build: "legacy")
    let lockfile = try await bench.lock()
    #expect(lockfile.python?.packages.map(\.file) == ["legacy-1.0-py3-none-any.whl"])
    #expect(lockfile.python?.sources.map(\.digest) == [Digest(of: bytes)])
    #expect(lockfile.python?.sources.first?.requires.map(\.name) == ["setuptools", "wheel"])
    try use(Digest(of: bytes), build: "modern")
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.message == "legacy 1.0 is locked without a wheel, and the image takes nothing else")
    #expect(
      refusal.hints.last
        == "or name 'legacy' in the recipe under 'build' of 'python', to have it built from its source")
    try use(Digest(of: "other"), build: "legacy")
    let other = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(other.category == .verificationFailed)
  }
}
