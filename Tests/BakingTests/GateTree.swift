import Essentials
import Glibc
import SystemPackage
import TestSupport

@testable import Baking

/// A tree of one layer as gates see it.
struct GateTree {
  let folder: TemporaryFolder
  let tree: ImageTree
  let packed: PackedTree

  /// - Parameter content: fills the folder that becomes the tree.
  init(layer: String = "configuration", _ content: (FilePath) throws -> Void) throws {
    folder = try TemporaryFolder()
    let root = folder.appending("tree")
    try DurableFile.createFolder(root)
    try content(root)
    packed = try PackedTree(root, as: folder.appending("layer.tar"))
    tree = ImageTree(
      try MergedTree([packed.table]), layers: [layer], files: [try MappedFile(packed.path)])
  }

  static func write(_ text: String, to path: FilePath, mode: mode_t = 0o644) throws {
    try DurableFile.createFolder(path.removingLastComponent())
    try DurableFile.write(Array(text.utf8), to: path)
    guard chmod(path.string, mode) == 0 else { throw Errno.current }
  }

  static func link(_ path: FilePath, to target: String) throws {
    try DurableFile.createFolder(path.removingLastComponent())
    guard symlink(target, path.string) == 0 else { throw Errno.current }
  }
}
