import DebianPackages
import Essentials
import SystemPackage
import TestSupport
import Testing

@Suite struct AptSourceTests {
  private func sources(_ files: [String: String]) async throws -> [String] {
    let folder = try TemporaryFolder()
    _ = try await Command("mkdir", ["-p", folder.appending("etc/apt/sources.list.d").string]).output()
    for (name, text) in files {
      try DurableFile.write(Array(text.utf8), to: folder.path.appending("etc/apt").pushing(FilePath(name)))
    }
    return try AptSource.all(root: folder.path, architecture: .amd64).map { source in
      let key =
        switch source.signedBy {
        case .trustedKeyrings: "trusted"
        case .keyring(let path): path.string
        case .keyrings(let paths): paths.map(\.string).joined(separator: "+")
        case .fingerprints(let list): list.joined(separator: "+")
        case .embedded(let text): "embedded \(text.count > 60)"
        }
      return "\(source.uri) \(source.suite) \(source.components.joined(separator: ",")) \(key)"
    }
  }

  @Test func `both ways of writing sources are read, in apt's order`() async throws {
    let found = try await sources([
      "sources.list": """
      # deb http://example.test/off stable main
      deb [arch=amd64 signed-by=/k.gpg] http://example.test/a/ stable main contrib # a comment
      deb-src http://example.test/a stable main
      deb [arch=arm64] http://example.test/arm stable main
      """,
      "sources.list.d/b.list": "deb http://example.test/b stable-updates main\n",
      "sources.list.d/a.sources": """
      Types: deb deb-src
      URIs: http://example.test/c
      Suites: stable stable-updates
      Components: main
      Signed-By: /c.gpg

      Types: deb
      Enabled: no
      URIs: http://example.test/d
      Suites: stable
      Components: main
      """,
      "sources.list.d/ignored.txt": "deb http://example.test/no stable main\n",
    ])
    #expect(
      found == [
        "http://example.test/a stable main,contrib /k.gpg", "http://example.test/c stable main /c.gpg",
        "http://example.test/c stable-updates main /c.gpg",
        "http://example.test/b stable-updates main trusted",
      ])
  }

  @Test(arguments: [
    ("/a.gpg /b.gpg", "/a.gpg+/b.gpg"), ("/a.gpg,/b.asc", "/a.gpg+/b.asc"),
    (String(repeating: "ab", count: 20) + "!", String(repeating: "AB", count: 20) + "!"),
    (
      "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEAAAA\n -----END PGP PUBLIC KEY BLOCK-----",
      "embedded true"
    ),
  ])
  func `Signed-By may be keyrings, fingerprints or a key`(field: String, expected: String) async throws {
    let paragraph =
      "Types: deb\nURIs: http://example.test/a\nSuites: stable\nComponents: main\nSigned-By: \(field)\n"
    let found = try await sources(["sources.list.d/a.sources": paragraph])
    #expect(found == ["http://example.test/a stable main \(expected)"])
  }

  @Test func `a fault says where it stands`() async throws {
    await #expect {
      _ = try await sources(["sources.list": "\ndeb [arch=amd64 http://example.test/a stable main\n"])
    } throws: {
      ($0 as? Diagnostic)?.location?.line == 2
    }
  }
}
