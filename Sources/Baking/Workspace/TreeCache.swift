import CLinux
import Essentials
import Glibc
import Storage
import SystemPackage

/// The trees of stored layers, unpacked: what the sandbox mounts below the layer in the making.
///
/// They lie under the store's `trees`, named after their layer's digest, and can always be made again from
/// the layer. They're never the source of a layer that exists, and nothing but the sandbox reads them.
///
/// Who owns a tree's files is a matter of the user namespace that the bake runs in, and a store that was copied or
/// handed to another user holds files of the wrong owners. The file `trees/owners` tells: it belongs to user 1 and
/// group 1 as seen by whoever made the trees. Where it doesn't, all are made again.
struct TreeCache: Sendable {
  private let store: Store
  private let folder: FilePath

  init(_ store: Store) throws(Diagnostic) {
    self.store = store
    folder = store.root.appending("trees")
    // Trees hold setuid programs: nobody else may reach them.
    try DurableFile.createFolder(folder, mode: 0o700)
    if !hasOwnersAsSeenFromHere { try startAfresh() }
  }

  static let mark = "owners"

  private var hasOwnersAsSeenFromHere: Bool {
    var information = stat()
    guard lstat(folder.appending(Self.mark).string, &information) == 0 else { return false }
    return information.st_uid == 1 && information.st_gid == 1
  }

  private func startAfresh() throws(Diagnostic) {
    let handle = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw .system(.current, "read", folder) }
    defer { close(handle) }
    // A mark in the making is another bake's, and has a dot in front.
    for name in try FolderTree.names(handle, folder) where !name.hasPrefix(".") {
      try FolderTree.remove(folder.appending(name))
    }
    let new = folder.appending(".\(Self.mark).\(getpid())")
    try DurableFile.write([], to: new)
    guard lchown(new.string, 1, 1) == 0, rename(new.string, folder.appending(Self.mark).string) == 0 else {
      throw .system(.current, "write", new)
    }
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
