package import Essentials
import Glibc
package import Storage
import SystemPackage

/// The trees of ``TreeCache`` as a collection of garbage sees them: those whose layers go, go too.
///
/// A running bake can't lose one. It holds each layer (``Store/hold(_:)``) before it takes that layer's tree, until it
/// ends, and a collection that holds the store's lock sees a layer held or the bake has yet to ask for it.
package enum UnpackedTrees {
  /// What was removed, or would be.
  package struct Removal: Sendable, Equatable {
    /// How many trees.
    package var count = 0
    /// What they take on the disk.
    package var bytes: Int64 = 0
  }

  /// Whether there's anything in `store` that only root of the bakes' user namespace can remove.
  package static func exist(in store: Store) -> Bool {
    ["trees", "staging"].contains { name in
      // What can't be listed is there, and whoever can list it is told by the error.
      guard let names = try? names(in: store.root.appending(name)) else { return true }
      return names.contains { $0 != TreeCache.mark }
    }
  }

  /// Removes what nothing needs, as ``Store/collect(dryRun:keep:also:)`` does, and the trees of layers that went.
  /// - Throws: `failed` where another user has baked in the store.
  package static func collect(
    with store: Store, keep: Int? = nil, dryRun: Bool = false
  ) throws(Diagnostic) -> (GarbageCollection, Removal) {
    guard exist(in: store) else { return (try store.collect(dryRun: dryRun, keep: keep), Removal()) }
    let folder = store.root.appending("trees")
    let workspace = dryRun ? nil : try Workspace(in: store, to: "collect garbage")
    var gone: [FilePath] = []
    let collection = try store.collect(dryRun: dryRun, keep: keep) { stays throws(Diagnostic) in
      for name in try names(in: folder) {
        guard let layer = Digest(hexadecimal: name), !stays(layer) else { continue }
        let tree = folder.appending(name)
        guard let workspace else {
          gone.append(tree)
          continue
        }
        // Only moved while the lock is held, since to remove a tree takes seconds. Where this process is killed, the
        // next bake or collection removes it.
        let aside = workspace.folder.appending(name)
        guard rename(tree.string, aside.string) == 0 else { throw .system(.current, "move", tree) }
        gone.append(aside)
      }
    }
    var removal = Removal()
    for tree in gone {
      removal.count += 1
      removal.bytes += try TreeSize(tree).bytes
      if !dryRun { try FolderTree.remove(tree) }
    }
    return (collection, removal)
  }

  private static func names(in folder: FilePath) throws(Diagnostic) -> [String] {
    let handle = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else {
      if errno == ENOENT { return [] }
      throw .system(.current, "read", folder)
    }
    defer { close(handle) }
    return try FolderTree.names(handle, folder)
  }
}
