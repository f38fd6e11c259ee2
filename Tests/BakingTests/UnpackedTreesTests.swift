import Baking
import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct UnpackedTreesTests {
  let folder: TemporaryFolder
  let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
  }

  /// The tree of a layer that is `text`; it isn't stored yet.
  private func tree(_ text: String) throws -> FilePath {
    let tree = folder.appending("store/trees").appending(Digest(of: text).hexadecimal)
    try DurableFile.createFolder(tree.appending("closed"))
    try DurableFile.write([UInt8](repeating: 1, count: 8192), to: tree.appending("closed/one"))
    #expect(link(tree.appending("closed/one").string, tree.appending("two").string) == 0)
    #expect(symlink("/", tree.appending("link").string) == 0)
    #expect(chmod(tree.appending("closed").string, 0) == 0)
    return tree
  }

  private func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

  @Test func `removes the trees whose layers nothing needs`() throws {
    let layers = try ["named", "garbage"].map { text in
      try Store(at: store.root, creating: false).publish(Array(text.utf8))
    }
    let (named, garbage, lost) = (try tree("named"), try tree("garbage"), try tree("never stored"))
    try Store(at: store.root, creating: false).keep(Root(.image, "image", digests: [layers[0]]))
    let dry = try UnpackedTrees.collect(with: store, dryRun: true)
    #expect(dry.0.blobs == 1)
    #expect(dry.1.count == 2)
    // Two files of two names, and two folders each.
    #expect((2 * 8192..<2 * 65536).contains(dry.1.bytes))
    #expect(exists(garbage) && exists(lost))
    #expect(!exists(folder.appending("store/staging")))
    let done = try UnpackedTrees.collect(with: store)
    #expect(done.0 == dry.0)
    #expect(done.1 == dry.1)
    #expect(exists(named) && !exists(garbage) && !exists(lost))
    #expect(try UnpackedTrees.collect(with: store).1.count == 0)
  }

  @Test func `spares the tree of a layer that a running process holds, stored or not`() throws {
    let tree = try tree("in use")
    var bake: Store? = try Store(at: store.root, creating: false)
    try bake?.hold([Digest(of: "in use")])
    #expect(try UnpackedTrees.collect(with: store).1.count == 0)
    #expect(exists(tree))
    bake = nil
    #expect(try UnpackedTrees.collect(with: store).1.count == 1)
    #expect(!exists(tree))
  }

  @Test func `removes what a killed bake or collection left`() throws {
    try DurableFile.createFolder(folder.appending("store/staging/1.abc/tree.1"))
    try DurableFile.write([], to: folder.appending("store/staging/1.abc/lock"))
    #expect(UnpackedTrees.exist(in: store))
    _ = try UnpackedTrees.collect(with: store)
    #expect(!UnpackedTrees.exist(in: store))
  }
}
