import Essentials
import Testing

@testable import DebianPackages

@Suite struct PackageTablesTests {
  private static let lines = """
    a 1; Depends: b | c, v (>= 2), d:any
    b 1; Conflicts: d
    c 1
    d 2; Multi-Arch: allowed
    x 1; Provides: v (= 1)
    y 1; Provides: v (= 2), w
    """

  private func kept(_ index: PackageIndex) throws -> [UInt8] {
    try index.tables.withBytes { bytes throws(Diagnostic) in Array(bytes) }
  }

  @Test func `what was kept answers like what was read`() throws {
    let index = try TestIndex.index(Self.lines)
    let bytes = try kept(index)
    let again = try #require(
      PackageIndex(index.parts, tables: IndexText(bytes), architecture: .amd64))
    let expected = ["a 1", "c 1", "d 2", "y 1"]
    #expect(try TestIndex.solve(index, ["a"]) == expected)
    #expect(try TestIndex.solve(again, ["a"]) == expected)
    #expect(Array(again.packageNames) == Array(index.packageNames))
    // The same texts give the same bytes, whoever reads them.
    #expect(try kept(TestIndex.index(Self.lines)) == bytes)
  }

  @Test func `what belongs to other texts, or is cut off, isn't taken`() throws {
    let index = try TestIndex.index(Self.lines)
    let bytes = try kept(index)
    let other = PackageIndex.Part(index.parts[0].archive, IndexText(Array(TestIndex.text("a 1").utf8)))
    #expect(PackageIndex([other], tables: IndexText(bytes), architecture: .amd64) == nil)
    for count in [0, 8, 31, 32, bytes.count / 2, bytes.count - 1] {
      #expect(
        PackageIndex(index.parts, tables: IndexText(bytes.prefix(count)), architecture: .amd64) == nil)
    }
  }

  @Test func `damaged tables lead nowhere outside`() throws {
    let index = try TestIndex.index(Self.lines)
    let bytes = try kept(index)
    // The hash table is long and nearly empty: its slots are all alike.
    var taken = 0
    for place in Array(0..<1200) + Array(stride(from: 1200, to: bytes.count, by: 4099)) {
      for value in [UInt8(0), 1, 0x7f, 0x80, 0xff] where bytes[place] != value {
        var damaged = bytes
        damaged[place] = value
        guard let odd = PackageIndex(index.parts, tables: IndexText(damaged), architecture: .amd64)
        else { continue }
        taken += 1
        _ = try? TestIndex.solve(odd, ["a"])
      }
    }
    #expect(taken > 0)
  }
}
