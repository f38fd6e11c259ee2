import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct LayerTableTests {
  private func packed(_ folder: TemporaryFolder, seed: Int) async throws -> PackedTree {
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    _ = try await python(TreeScripts.make, [tree.string, String(seed)])
    return try PackedTree(tree, as: folder.appending("layer.tar"))
  }

  @Test(arguments: [1, 2, 6, 9]) func `reads back what it wrote`(seed: Int) async throws {
    let folder = try TemporaryFolder()
    let table = try await packed(folder, seed: seed).table
    let bytes = table.serialized()
    let again = try LayerTable(parsing: bytes, name: "the table")
    #expect(again.serialized() == bytes)
    #expect(again.layerSize == table.layerSize)
    let last = table.entries.count - 1
    #expect(again.find(again.path(of: last)) == last)
    for index in table.entries.indices {
      #expect(again.path(of: index) == table.path(of: index))
      #expect(again.attributes(of: index) == table.attributes(of: index))
    }
  }

  @Test func `survives any damage`() async throws {
    let folder = try TemporaryFolder()
    let bytes = try await packed(folder, seed: 9).table.serialized()
    for count in [0, 7, 8, 9, 20, bytes.count - 1] {
      #expect(throws: Diagnostic.self) { try LayerTable(parsing: Array(bytes.prefix(count)), name: "a") }
    }
    var generator = Congruential(state: 1)
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        damaged[Int.random(in: 8..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      // Where it's still a table, it must be one that an index can be made of.
      guard let table = try? LayerTable(parsing: damaged, name: "a") else { continue }
      let sink = CountingSink()
      _ = try? IndexWriter.write([(table, Digest(of: "a"), table.layerSize)], to: sink)
    }
  }

  @Test func `refuses another version`() async throws {
    let folder = try TemporaryFolder()
    var bytes = try await packed(folder, seed: 1).table.serialized()
    bytes[7] += 1
    let error = #expect(throws: Diagnostic.self) { try LayerTable(parsing: bytes, name: "the table") }
    #expect(error?.category == .verificationFailed)
  }
}

/// Numbers that look random, the same in every run.
/// Source: Knuth, The Art of Computer Programming, volume 2, MMIX's generator.
private struct Congruential: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state.byteSwapped
  }
}

/// A sink that only counts.
final class CountingSink: ByteSink {
  private(set) var size: Int64 = 0

  func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) { size += Int64(bytes.count) }
}
