import Essentials
import Testing

@testable import Registry

@Suite struct ImageReferenceTests {
  @Test(arguments: [
    ("registry.example/team/logic:v1", "registry.example", "team/logic"),
    ("localhost/a:1", "localhost", "a"), ("127.0.0.1:5000/a__b/c-d.e:V_1.x", "127.0.0.1:5000", "a__b/c-d.e"),
    ("[::1]:5000/a---b:x", "[::1]:5000", "a---b"),
  ])
  func `is read`(text: String, host: String, repository: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.host == host && reference.repository == repository && "\(reference)" == text)
  }

  @Test func `is read with a digest`() throws {
    let digest = Digest(of: "x")
    let reference = try ImageReference("r.example/a@\(digest)")
    #expect(reference.selector == .digest(digest) && "\(reference)" == "r.example/a@\(digest)")
  }

  @Test(arguments: [
    "", "logic:v1", "team/logic:v1", "https://r.example/a:v1", "r.example/a", "r.example/A:v1",
    "r.example/a:-x",
    "r.example/a..b:v1", "r.example/_a:v1", "r.example/a/:v1", "r.example//a:v1", "r.example/a@sha256:0",
    "r.example/a:", "r.example/a?b:v1", "u@r.example/a:v1", "r.example/a_-b:v1",
    "r.example/a:" + String(repeating: "x", count: 129),
  ])
  func `is refused`(text: String) {
    let error = #expect(throws: Diagnostic.self) { try ImageReference(text) }
    #expect(error?.category == .usage && error?.hints.count == 1)
  }

  @Test(arguments: [
    ("localhost:1/a:1", true), ("127.1.2.3/a:1", true), ("[::1]:1/a:1", true),
    ("127.0.0.1.example/a:1", false),
    ("127.0.0/a:1", false), ("10.0.0.1:1/a:1", false), ("localhost.example/a:1", false),
  ])
  func `is on this machine`(text: String, expected: Bool) throws {
    #expect(try ImageReference(text).isLoopback == expected)
  }
}
