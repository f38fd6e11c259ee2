import Essentials
import TestSupport
import Testing

@testable import Baking

@Suite struct LeakScannerTests {
  private func labels(_ text: String, _ patterns: [LeakPattern] = LeakPattern.general) -> [String] {
    let scanner = LeakScanner(patterns)
    return Array(text.utf8).withUnsafeBytes { bytes in
      scanner.scan(bytes, 0..<bytes.count).map { scanner.patterns[$0.pattern].label }
    }
  }

  // In two parts, so that no scanner takes this file itself for a leak.
  private static let key = "-----BEGIN RSA PRIVATE " + "KEY-----"
  private static let body = String(repeating: "MIIEpAIBAAKCAQEA7bq", count: 4)

  @Test func `finds keys, and not what only reads them`() {
    #expect(labels("x\n\(Self.key)\n\(Self.body)\n") == ["a private key"])
    #expect(labels("key = \"\(Self.key)\\n\(Self.body)\\n\"") == ["a private key"])
    #expect(labels("HEADER = b\"\(Self.key)\"\nFOOTER = b\"-----END RSA PRIVATE KEY-----\"\n").isEmpty)
    #expect(labels("\(Self.key)\0-----BEGIN CERTIFICATE-----\0\(Self.body)").isEmpty)
  }

  @Test(arguments: [
    ("AKI" + "AQ2W3E4R5T6Y7U8I9", true), ("AKI" + "AQ2W3E4R5T6Y7U8I9O", false),
    ("xAKI" + "AQ2W3E4R5T6Y7U8I9", false),
    ("gh" + "p_0123456789abcdefghijABCDEFGHIJ012345", true), ("gh" + "p_tooshort", false),
    ("xox" + "b-123456789012-123456789012-abcdefghijkl", true),
    ("AIz" + "aSyA0123456789-bcdefghijklmnopqrstuv", true),
    ("gh" + "p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false),
  ])
  func `knows the shapes of tokens`(text: String, isToken: Bool) {
    #expect(labels("a = \"\(text)\"\n").isEmpty != isToken)
  }

  @Test func `finds a value as it is and in base64, wherever it stands in that`() async throws {
    let value = "correct horse battery"
    let patterns = LeakPattern.patterns(of: "key", Secret(value + "\n"))
    #expect(labels("password: \(value)!", patterns) == ["the value of 'key'"])
    for lead in ["", "a", "ab", "abc", "user:"] {
      let encoded = try await Command(
        "base64", ["--wrap=0"], input: Array("\(lead)\(value)\(lead)".utf8)
      ).output()
      #expect(
        labels("x" + String(decoding: encoded, as: UTF8.self), patterns).contains(
          "the value of 'key' in base64"))
    }
    #expect(labels("another horse battery", patterns).isEmpty)
    #expect(LeakPattern.patterns(of: "key", Secret("short")).isEmpty)
  }

  @Test func `finds all that a search one by one finds`() {
    var random = SplitMix(3)
    // Few letters, so that beginnings and overlaps abound.
    func text(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 97...99, using: &random) } }
    for _ in 0..<30 {
      let bytes = text(3000)
      let parts = (0..<6).map { _ in text(Int.random(in: 4...9, using: &random)) }
      let scanner = LeakScanner(parts.map { .value(name: "a", bytes: $0, isEncoded: false) })
      let expected = Set(
        parts.enumerated().flatMap { index, part in
          (0...bytes.count - part.count).filter { bytes[$0..<$0 + part.count].elementsEqual(part) }
            .map { LeakScanner.Hit(offset: $0, pattern: index) }
        })
      bytes.withUnsafeBytes { buffer in
        #expect(Set(scanner.scan(buffer, 0..<buffer.count)) == expected)
        let pieces = [0..<1000, 1000..<1001, 1001..<3000].flatMap { scanner.scan(buffer, $0) }
        #expect(Set(pieces) == expected && pieces.count == expected.count)
      }
    }
  }
}
