import Essentials
import Testing

@Suite struct DigestTests {
  @Test func `hashes as sha256sum does`() async throws {
    let bytes = Array("hardtack\n".utf8)
    let reference = try await Command("sha256sum", input: bytes).output()
    #expect(Digest(of: bytes).hexadecimal == String(decoding: reference.prefix(64), as: UTF8.self))
  }

  @Test(arguments: [
    "", "sha256:", "sha256:00", "sha512:" + String(repeating: "0", count: 64),
    "sha256:" + String(repeating: "G", count: 64), "sha256:" + String(repeating: "A", count: 64),
  ])
  func `refuses what is no digest`(_ text: String) {
    #expect(Digest(text) == nil)
  }

  @Test func `keeps its text`() throws {
    let text = Digest(of: "x").description
    #expect(try #require(Digest(text)).description == text)
  }
}
