import Baking
import Essentials
import SystemPackage
import TestSupport
import Testing

/// The kernel's own view of an index over its layers, against the trees that were packed.
@Suite(.serialized) struct IndexMountTests {
  @Test(arguments: 0..<200)
  func `mounts as the tree that was packed`(seed: Int) async throws {
    let folder = try TemporaryFolder()
    let tree = folder.appending("tree")
    try DurableFile.createFolder(tree)
    _ = try await python(TreeScripts.make, [tree.string, String(seed)])
    let packed = try PackedTree(tree, as: folder.appending("layer.tar"))
    let sink = try FileSink(folder.appending("index"))
    try IndexWriter.write([packed.layer], to: sink, blockSize: seed % 4 == 0 ? 512 : 4096)
    _ = try sink.finish()
    let found = try await withMounted(sink.path, layers: [packed.path], at: folder.appending("mount")) {
      try await show($0)
    }
    #expect(found == (try await show(tree)))
  }
}
