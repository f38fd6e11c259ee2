import DebianPackages
import Essentials
import Testing

/// Well-formed texts, changed at random but the same on every run: whatever comes out, nothing may trap.
@Suite struct ParserFuzzTests {
  private static let seeds = [
    TestIndex.text(
      "a 1; Depends: b (>= 1:2-3~x) | c:any, d [amd64 !arm64]; Provides: v (= 2), w; Multi-Arch: allowed"),
    "Origin: Test\nSuite: stable\nCodename: bookworm\nDate: Sat, 17 May 2025 09:25:45 UTC\nSHA256:\n "
      + String(repeating: "a", count: 64) + " 10 main/binary-amd64/Packages.xz\n",
    "a (>= 1.0-1~b+c) | b:any [linux-any], c (<< 2)\n d (= 1:1)",
  ]

  @Test func `parsers take anything`() throws {
    var random = SeededRandom(seed: 3)
    let odd = Array(":;|,()[]<>=~ \n\t#\0\u{7f}-.".utf8) + [0xff, 0xc3]
    for _ in 0..<1500 {
      var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(odd.randomElement(using: &random) ?? 0, at: place)
        case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 3: bytes.removeSubrange(place...)
        default: bytes.insert(contentsOf: bytes.prefix(place), at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      _ = try? RelationGroup.list(parsing: text)
      _ = try? PackageRequest(parsing: text)
      _ = try? ControlParagraph.list(parsing: bytes, name: "fuzz")
      _ = try? ReleaseFile(parsing: bytes, name: "fuzz")
      _ = DebianVersion(text)?.hashValue
      let part = PackageIndex.Part(PackageArchive(identifier: "fuzz", suite: "fuzz"), IndexText(bytes))
      if let index = try? PackageIndex([part], architecture: .amd64) {
        _ = try? PackageSolver(index, .init(variant: .minbase, recommends: true)).solve([
          PackageRequest(parsing: "a")
        ])
      }
    }
  }
}
