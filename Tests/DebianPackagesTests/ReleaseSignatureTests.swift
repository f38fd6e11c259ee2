import DebianPackages
import Essentials
import SystemPackage
import TestSupport
import Testing

/// Release files signed by keys that gpg makes for the test.
@Suite(.serialized) struct ReleaseSignatureTests {
  private static let release = "Origin: Test\nSuite: stable\nDate: Sat, 17 May 2025 09:25:45 UTC\n"

  private let folder: TemporaryFolder

  init() async throws {
    folder = try TemporaryFolder()
    let script = """
      set -e; mkdir -m 700 home; export GNUPGHOME="$PWD/home"
      g() { gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' "$@"; }
      g --quick-generate-key 'good <good@example.org>' ed25519 sign never
      g --quick-generate-key 'other <other@example.org>' ed25519 sign never
      g --faked-system-time 20200101T000000! --quick-generate-key 'old <old@example.org>' ed25519 sign 1d
      for k in good other old; do g --export $k@example.org > $k.gpg; g --armor --export $k@example.org > $k.asc; done
      cat > Release; g -u good@example.org --clearsign -o good.signed Release
      g -u other@example.org --clearsign -o other.signed Release
      g --faked-system-time 20200101T010000! -u old@example.org --clearsign -o old.signed Release
      g -u good@example.org --armor --detach-sign -o good.detached Release
      for k in good other; do g --with-colons --list-keys $k@example.org | sed -n 's/^fpr:*\\([0-9A-F]*\\):$/\\1/p' | head -1 > $k.fpr; done
      mkdir -p root/etc/apt/trusted.gpg.d; cp good.gpg other.gpg root/etc/apt/trusted.gpg.d/
      gpgconf --kill all
      """
    _ = try await Command(
      "sh", ["-c", script], workingDirectory: folder.path, input: Array(Self.release.utf8)
    ).output()
  }

  private func source(_ signedBy: AptSource.SignedBy) -> AptSource {
    AptSource(
      uri: "http://example.test/debian", suite: "stable", components: ["main"], signedBy: signedBy,
      location: .init(file: "test.sources", line: 1))
  }

  private func verify(_ file: String, by keyring: String, _ change: (inout [UInt8]) -> Void = { _ in })
    async throws
    -> String
  {
    var bytes = try DurableFile.read(folder.appending(file), limit: 1 << 20)
    change(&bytes)
    let text = try await ReleaseSignature().verify(bytes, of: source(.keyring(folder.appending(keyring))))
    return String(decoding: text, as: UTF8.self)
  }

  @Test(arguments: ["good.gpg", "good.asc"])
  func `a good signature gives the signed text alone`(keyring: String) async throws {
    #expect(try await verify("good.signed", by: keyring) == Self.release)
    // What stands before and behind the signed part is not part of it.
    let padded = try await verify("good.signed", by: keyring) { bytes in
      bytes = Array("Suite: evil\n".utf8) + bytes + Array("\nSuite: evil\n".utf8)
    }
    #expect(padded == Self.release)
  }

  @Test func `keys in the source's own paragraph count`() async throws {
    let key = String(
      decoding: try DurableFile.read(folder.appending("good.asc"), limit: 1 << 20), as: UTF8.self)
    let bytes = try DurableFile.read(folder.appending("good.signed"), limit: 1 << 20)
    let text = try await ReleaseSignature().verify(bytes, of: source(.embedded(key)))
    #expect(String(decoding: text, as: UTF8.self) == Self.release)
  }

  @Test func `a signature in a file of its own counts`() async throws {
    let signature = try DurableFile.read(folder.appending("good.detached"), limit: 1 << 20)
    let source = source(.keyring(folder.appending("good.gpg")))
    let text = Array(Self.release.utf8)
    let joined = try DetachedRelease.joined(text, signature: signature, suite: "stable")
    #expect(try await ReleaseSignature().verify(joined, of: source) == text)
    await #expect(throws: Diagnostic.self) {
      try await ReleaseSignature().verify(joined + [10], of: source)
    }
    // Only what is a signature and nothing else is taken for one, as by apt.
    for other in [signature + text, text, [], [0x88, 0x75, 0x04]] {
      #expect(throws: Diagnostic.self) {
        try DetachedRelease.joined(text, signature: other, suite: "stable")
      }
    }
  }

  @Test func `fingerprints choose among the trusted keys`() async throws {
    let bytes = try DurableFile.read(folder.appending("good.signed"), limit: 1 << 20)
    let signature = ReleaseSignature(root: folder.appending("root"))
    func fingerprint(_ name: String) throws -> String {
      let text = try DurableFile.read(folder.appending(name + ".fpr"), limit: 1024)
      return String(decoding: text.filter { $0 > 32 }, as: UTF8.self)
    }
    let good = try fingerprint("good")
    #expect(good.count == 40)
    #expect(try await signature.verify(bytes, of: source(.trustedKeyrings)) == Array(Self.release.utf8))
    #expect(try await signature.verify(bytes, of: source(.fingerprints([good]))) == Array(Self.release.utf8))
    await #expect {
      _ = try await signature.verify(bytes, of: source(.fingerprints([try fingerprint("other")])))
    } throws: {
      ($0 as? Diagnostic)?.message
        == "the Release file of stable is signed by a key that the source's Signed-By does not name"
    }
  }

  @Test func `another key, another text, an expired key and no signature are refused, each by name`()
    async throws
  {
    func message(_ body: () async throws -> String) async -> String {
      do {
        return "accepted: " + (try await body())
      } catch { return (error as? Diagnostic)?.message ?? "\(error)" }
    }
    let unknown = await message { try await verify("other.signed", by: "good.gpg") }
    #expect(unknown.hasPrefix("the Release file of stable is signed by the unknown key "))
    let changed = await message {
      try await verify("good.signed", by: "good.gpg") { bytes in
        for index in bytes.indices where bytes[index...].starts(with: "Origin: Test".utf8) {
          bytes[index + 8] = UInt8(ascii: "B")
          break
        }
      }
    }
    #expect(changed == "the Release file of stable was changed after it was signed")
    let expired = await message { try await verify("old.signed", by: "old.gpg") }
    #expect(expired == "the Release file of stable is signed by a key that has expired")
    let unsigned = await message { try await verify("Release", by: "good.gpg") }
    #expect(unsigned == "the Release file of stable carries no valid signature")
  }
}
