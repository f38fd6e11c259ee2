import CLinux
package import Essentials
import Glibc
import SystemPackage

/// Blobs that are published together, by one `syncfs` instead of an fsync each.
///
/// Members get their names in ``publish()``, or earlier where there are very many of them; never before they're on
/// the disk. Dropped without it, members that can be resumed stay in `ingest/`, to be found there by the next run.
package final class PublicationGroup {
  /// So many files are kept open at most.
  private static let limit = 256

  private let store: Store
  private var members: [(ingest: Ingest, digest: Digest)] = []

  package init(_ store: Store) { self.store = store }

  /// Checks a blob that is all written and takes it in; it must not be used afterwards.
  /// - Throws: as ``Ingest/commit(expecting:size:)``; the other members aren't affected.
  @discardableResult
  package func add(
    _ ingest: Ingest, expecting: Digest? = nil, size: Int64? = nil
  ) throws(Diagnostic) -> Digest {
    let digest = try ingest.finish(expecting: expecting, size: size)
    members.append((ingest, digest))
    if members.count >= Self.limit { try publish() }
    return digest
  }

  /// Publishes all members: when it returns, they're stored and survive a loss of power.
  package func publish() throws(Diagnostic) {
    guard !members.isEmpty else { return }
    let folder = store.root.appending("ingest")
    try attempt("write", folder) {
      let handle = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
      // Since Linux 5.8 it reports the failed writes of every file of the file system.
      try handle.closeAfter { guard syncfs(handle.rawValue) == 0 else { throw Errno.current } }
    }
    try store.place(members)
    members = []
  }
}
