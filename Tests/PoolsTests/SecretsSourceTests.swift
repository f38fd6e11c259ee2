import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Pools

@Suite struct SecretsSourceTests {
  @Test(arguments: [
    ("file:/run/secrets.env", SecretsSource.file("/run/secrets.env")),
    ("env", .environment(prefix: "")),
    ("env:APP_", .environment(prefix: "APP_")),
    ("command:pass show app", .command("pass show app")),
    ("command:a:b", .command("a:b")),
  ])
  func `reads its own notation`(text: String, source: SecretsSource) throws {
    #expect(try SecretsSource(text) == source)
  }

  @Test(arguments: ["", "file:", "file", "vault:x", "command:", "/run/secrets.env"])
  func `refuses other notations`(text: String) {
    #expect(throws: Diagnostic.self) { try SecretsSource(text) }
  }

  @Test func `warns of a file that others may read`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("secrets.env")
    try DurableFile.write(Array("a=1\n".utf8), to: path, mode: [.ownerReadWrite, .groupRead, .otherRead])
    var warnings: [String] = []
    let values = try await SecretsSource.file(path).values(environment: [:]) { warnings.append($0) }
    #expect(values == ["a": Secret("1")])
    #expect(warnings.count == 1)
    try DurableFile.write(Array("a=1\n".utf8), to: path, mode: [.ownerReadWrite])
    warnings = []
    _ = try await SecretsSource.file(path).values(environment: [:]) { warnings.append($0) }
    #expect(warnings.isEmpty)
  }

  @Test func `takes variables with a prefix and drops it`() async throws {
    let values = try await SecretsSource.environment(prefix: "APP_").values(
      environment: ["APP_key": "k", "PATH": "/bin", "APP_": "none"]) { _ in }
    #expect(values == ["key": Secret("k")])
  }

  @Test func `reads what a command writes`() async throws {
    let values = try await SecretsSource.command("printf 'a=1\\nb=2\\n'").values(environment: [:]) { _ in }
    #expect(values == ["a": Secret("1"), "b": Secret("2")])
  }

  @Test func `never shows the output of a command that failed`() async throws {
    let error = await #expect(throws: Diagnostic.self) {
      try await SecretsSource.command("echo a=hunter2; echo no key >&2; exit 3").values(environment: [:]) {
        _ in
      }
    }
    let text = try #require(error).notes.joined()
    #expect(text.contains("no key") && !text.contains("hunter2"))
  }
}
