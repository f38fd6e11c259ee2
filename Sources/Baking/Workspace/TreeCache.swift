import Essentials
import Glibc
import Storage
import SystemPackage

/// The trees of stored layers, unpacked: what the sandbox mounts below the layer in the making.
///
/// They lie under the store's `trees`, named after their layer's digest, and can always be made again from
/// the layer. They're never the source of a layer that exists, and nothing but the sandbox reads them.
struct TreeCache: Sendable {
  private let store: Store
  private let folder: FilePath

  init(_ store: Store) throws(Diagnostic) {
    self.store = store
    folder = store.root.appending("trees")
    // Trees hold setuid programs: nobody else may reach them.
    try DurableFile.createFolder(folder, mode: 0o700)
  }

  /// The tree of `layer`, unpacked now where it isn't there.
  func tree(of layer: Layer, _ workspace: Workspace) throws(Diagnostic) -> FilePath {
    let path = folder.appending(layer.digest.hexadecimal)
    if FolderTree.exists(path) { return path }
    let staged = try workspace.makeFolder("tree")
    try LayerReader.unpack(try store.open(layer.digest), name: "layer \(layer.name)", into: staged)
    return try adopt(staged, as: layer.digest)
  }

  /// Takes in `tree`, which `digest`'s layer was just written from.
  /// - Returns: where it is from now on.
  @discardableResult
  func adopt(_ tree: FilePath, as digest: Digest) throws(Diagnostic) -> FilePath {
    let path = folder.appending(digest.hexadecimal)
    if rename(tree.string, path.string) == 0 { return path }
    // Another bake was first.
    guard errno == EEXIST || errno == ENOTEMPTY else { throw .system(.current, "keep the tree", path) }
    try FolderTree.remove(tree)
    return path
  }
}
