import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

/// A joined tree as one tar, unpacked by GNU tar and by this program, against the kernel's view of the index.
@Suite(.serialized) struct FlatTarTests {
  private final class Sink: ByteSink {
    var bytes: [UInt8] = []
    func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) { self.bytes.append(contentsOf: bytes) }
  }

  @Test(arguments: [[1, 2], [3, 4], [5, 6], [7, 8], [11, 12], [14, 19]])
  func `holds what two layers come to`(seeds: [Int]) async throws {
    let folder = try TemporaryFolder()
    var layers: [PackedTree] = []
    for seed in seeds {
      let tree = folder.appending("tree\(seed)")
      try DurableFile.createFolder(tree)
      _ = try await python(TreeScripts.make, [tree.string, String(seed)])
      layers.append(try PackedTree(tree, as: folder.appending("layer\(seed).tar")))
    }
    let index = try FileSink(folder.appending("index"))
    try IndexWriter.write(layers.map(\.layer), to: index)
    _ = try index.finish()
    let expected = try await withMounted(
      index.path, layers: layers.map(\.path), at: folder.appending("mount")
    ) { try await show($0) }

    let sink = Sink()
    try FlatTar.write(
      try MergedTree(layers.map(\.table)), try layers.map { try MappedFile($0.path) }, to: sink)
    let archive = folder.appending("flat.tar")
    try DurableFile.write(sink.bytes, to: archive)
    let (other, own) = (folder.appending("other"), folder.appending("own"))
    for folder in [other, own] { try DurableFile.createFolder(folder) }
    _ = try await Command(
      "tar",
      ["-C", other.string, "--numeric-owner", "--xattrs", "--xattrs-include=*", "-xpf", archive.string]
    ).output()
    #expect(try await show(other) == expected)
    try LayerReader.unpack(try MappedFile(archive), name: "the tar", into: own)
    #expect(try await show(own) == expected)
  }
}
