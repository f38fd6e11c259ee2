import Essentials
import Lockfiles
import SystemPackage
import Testing

/// Lockfiles with wheels that are built.
@Suite struct SourcePinTests {
  private typealias Fixture = LockfileFixture

  private static let lockfile: Lockfile = {
    let maker = Fixture.wheel("maker", because: [.dependency(.builds, of: "legacy")])
    let parts = Fixture.wheel("parts", because: [.dependency(.requires, of: "maker")])
    var lockfile = Fixture.full
    lockfile.debian = Lockfile.Debian(
      architecture: .amd64, suites: Fixture.suites, packages: Fixture.full.debian.packages,
      initrd: Fixture.full.debian.initrd, build: [Fixture.pin("gcc")])
    lockfile.python = Lockfile.Python(
      interpreter: "3.11", packages: [Fixture.wheel("legacy"), Fixture.wheel("django", "5.2.1")],
      sources: [
        Lockfile.SourcePin(
          name: "legacy", version: "1", file: "legacy-1.tar.gz", size: 30, digest: Digest(of: "source"),
          requires: [parts, maker])
      ])
    return lockfile
  }()

  private static func hexadecimal(_ text: String) -> String { Digest(of: text).hexadecimal }

  @Test func `has the text that reviews see`() throws {
    let text = Self.lockfile.text
    #expect(
      text.contains(
        """
          "build": [
           {"name": "gcc", "version": "1", "architecture": "amd64", "size": 10, "sha256": "\(Self.hexadecimal("gcc 1"))", "path": "pool/main/gcc_1_amd64.deb", "suite": "bookworm", "because": "requested"}
          ]
         },
        """))
    #expect(
      text.hasSuffix(
        """
          "sources": [
           {"name": "legacy", "version": "1", "file": "legacy-1.tar.gz", "size": 30, "sha256": "\(Self.hexadecimal("source"))"}
          ],
          "build": [
           {"for": "legacy", "name": "maker", "version": "1", "file": "maker-1-py3-none-any.whl", "size": 20, "sha256": "\(Self.hexadecimal("maker 1"))", "because": "build of legacy"},
           {"for": "legacy", "name": "parts", "version": "1", "file": "parts-1-py3-none-any.whl", "size": 20, "sha256": "\(Self.hexadecimal("parts 1"))", "because": "requires of maker"}
          ]
         }}

        """), "\(text)")
    #expect(try Lockfile.parse(Array(text.utf8), file: "recipe.lock") == Self.lockfile)
  }

  @Test func `what is built isn't fetched, but what it's built from and with is`() {
    #expect(
      Self.lockfile.artifacts.map(\.label) == [
        "dpkg 1", "exim4 1", "nginx 1.22.1-9+deb12u11", "busybox-static 1", "gcc 1", "django 5.2.1",
        "maker 1",
        "parts 1", "legacy 1",
      ])
    #expect(Self.lockfile.artifacts.last?.digest == Digest(of: "source"))
    #expect(Self.lockfile.builtWheels.map(\.digest) == [Digest(of: "legacy 1")])
  }

  @Test(arguments: [
    (
      "\"for\": \"legacy\", \"name\": \"parts\"", "\"for\": \"django\", \"name\": \"parts\"", "'for' can't be"
    ),
    (
      "\"for\": \"legacy\", \"name\": \"parts\"", "\"for\": \"legacy\", \"name\": \"maker\"",
      "stands here a second time"
    ),
    (
      "{\"name\": \"legacy\", \"version\": \"1\", \"file\": \"legacy-1.tar",
      "{\"name\": \"other\", \"version\": \"1\", \"file\": \"legacy-1.tar", "'name' can't be"
    ),
    (
      "{\"name\": \"legacy\", \"version\": \"1\", \"file\": \"legacy-1.tar",
      "{\"name\": \"legacy\", \"version\": \"2\", \"file\": \"legacy-1.tar", "'version' can't be"
    ),
    ("legacy-1.tar.gz", "a/legacy-1.tar.gz", "'file' can't be"),
  ])
  func `refuses what can't be`(_ old: String, _ new: String, _ message: String) throws {
    let text = Self.lockfile.text
    try #require(text.contains(old))
    let fault = #expect(throws: Diagnostic.self) {
      try Lockfile.parse(Array(text.replacing(old, with: new).utf8), file: "recipe.lock")
    }
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "")")
  }

  @Test func `says what moved`() {
    var other = Self.lockfile
    let source = Lockfile.SourcePin(
      name: "legacy", version: "1", file: "legacy-1.tar.gz", size: 30, digest: Digest(of: "source"),
      requires: [Fixture.wheel("maker", "2", because: [.dependency(.builds, of: "legacy")])])
    other.python = Lockfile.Python(
      interpreter: "3.11", packages: Self.lockfile.python?.packages ?? [], sources: [source])
    let difference = LockfileDifference(from: Self.lockfile, to: other)
    #expect(difference.summary == ["maker to build legacy 1 → 2", "parts to build legacy 1 removed"])
    #expect(difference.bytesToFetch == 20)
    #expect(
      LockfileDifference(from: Fixture.full, to: Self.lockfile).summary.first == "gcc 1 added for building")
  }
}
