package import Essentials
import Glibc
package import SystemPackage

extension Store {
  /// All that the roots of these kinds and the releases need, stored or not. Damaged roots are left out.
  package func needed(by kinds: Set<Root.Kind>) throws(Diagnostic) -> Set<Digest> {
    var reachability = Reachability(self, isLocked: false)
    for kind in kinds {
      for path in try rootPaths(kind) {
        if let root = try? load(path, kind) { try reachability.add(root) }
      }
    }
    try reachability.add(following: index().manifests.map(\.digest))
    return reachability.reached
  }

  /// Changes whenever a root or a release's name is added, replaced or removed.
  package var generation: [Int64] {
    let folders = Root.Kind.allCases.map { root.appending("roots").appending($0.rawValue) }
    return ([root.appending("index.json")] + folders).flatMap { path in
      var information = stat()
      guard stat(path.string, &information) == 0 else { return [Int64(-1), -1, -1] }
      return [
        Int64(information.st_mtim.tv_sec), Int64(information.st_mtim.tv_nsec), Int64(information.st_ino),
      ]
    }
  }

  /// The blob's file, checked as by ``open(_:)``, and its size in bytes.
  /// - Returns: a descriptor that the caller closes; it outlives a collection.
  /// - Throws: as ``read(_:limit:)``.
  package func file(_ digest: Digest) throws(Diagnostic) -> (file: FileDescriptor, size: Int64) {
    _ = try path(of: digest)
    let (file, information) = try openBlob(digest)
    return (file, Int64(information.st_size))
  }
}
