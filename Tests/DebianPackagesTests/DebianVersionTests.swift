import DebianPackages
import Essentials
import Testing

@Suite struct DebianVersionTests {
  @Test(arguments: [
    ("1.0", "<", "1.1"), ("1.0~rc1", "<", "1.0"), ("1.0", "=", "0:1.0"), ("1.0", "=", "1.0-0"),
    ("1.0-1", "<", "1.0-1+deb12u1"), ("1.0-1~bpo12+1", "<", "1.0-1"), ("2:1", ">", "1:9"),
    ("1.09", "=", "1.9"), ("1.10", ">", "1.9"), ("1a", "<", "1+"), ("1~~", "<", "1~"), ("1.", "=", "1.0"),
    ("99999999999999999999", "<", "100000000000000000000"), ("1.0-1", "<", "1.0-1.1"), ("1-1-1", ">", "1-1"),
  ])
  func `versions order as the manual says`(left: String, order: String, right: String) throws {
    let a = try #require(DebianVersion(left))
    let b = try #require(DebianVersion(right))
    #expect((a < b) == (order == "<"))
    #expect((a > b) == (order == ">"))
    #expect((a == b) == (order == "="))
    if a == b { #expect(a.hashValue == b.hashValue) }
  }

  @Test func `dpkg orders thousands of random pairs the same way`() async throws {
    var random = SeededRandom(seed: 1)
    var lines: [String] = []
    while lines.count < 2000 {
      let left = Self.version(&random)
      let right = Bool.random(using: &random) ? Self.version(&random) : Self.variation(of: left, &random)
      guard let a = DebianVersion(left), let b = DebianVersion(right) else { continue }
      if a == b { #expect(a.hashValue == b.hashValue, "\(left) and \(right)") }
      lines.append("\(left) \(a < b ? "lt" : a == b ? "eq" : "gt") \(right)")
    }
    let script = "while read -r a o b; do dpkg --compare-versions \"$a\" $o \"$b\" || echo \"$a $o $b\"; done"
    let disagreements = try await Command(
      "sh", ["-c", script + " 2>/dev/null"], input: Array(lines.joined(separator: "\n").utf8 + [10])
    ).output()
    #expect(String(decoding: disagreements, as: UTF8.self) == "")
  }

  @Test(arguments: [
    "a:1", ":1", "1:", "1-", "1:-1", "99999999999:1", "2147483648:1", "1 2", "", "1_2", "1-2_3", "1\u{e9}",
  ])
  func `what dpkg refuses in a control file is refused`(text: String) {
    #expect(DebianVersion(text) == nil)
  }

  @Test func `a refusal says what is wrong`() {
    #expect(throws: Diagnostic(.verificationFailed, "'1.0-' is no Debian version: its revision is empty")) {
      try DebianVersion(parsing: "1.0-")
    }
  }

  @Test func `a version comes apart`() throws {
    let version = try DebianVersion(parsing: "2:1.2-3-4~x")
    #expect(version.epoch == 2)
    #expect(version.upstream == "1.2-3")
    #expect(version.revision == "4~x")
  }

  private static func version(_ random: inout SeededRandom) -> String {
    let alphabet = Array("0011299aAbz.+~~-:")
    let body = (0..<Int.random(in: 1...9, using: &random)).map { _ in
      alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
    }
    let epoch = Int.random(in: 0..<4, using: &random) == 0 ? "\(Int.random(in: 0...12, using: &random)):" : ""
    return epoch + "\(Int.random(in: 0...19, using: &random))" + String(body)
  }

  private static func variation(of version: String, _ random: inout SeededRandom) -> String {
    var characters = Array(version)
    let place = Int.random(in: 0..<characters.count, using: &random)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: characters.insert("0", at: place)
    case 1: characters.insert("~", at: place)
    default: characters.remove(at: place)
    }
    return String(characters)
  }
}
