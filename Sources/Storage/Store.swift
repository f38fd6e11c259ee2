package import Essentials
import Glibc
import Synchronization
package import SystemPackage

/// A folder of blobs, each named by the SHA-256 of its content, and of what refers to them.
///
/// It is an OCI image layout, so skopeo, umoci and container runtimes read it as it is:
///
///     oci-layout  index.json  blobs/sha256/HEX      as OCI's image layout specification 1.0 has them
///     format                                        the version of everything below, as ``StoreFormat`` writes it
///     actions/HEX.json                              what an action made, by the digest of its inputs
///     roots/KIND/HEX.json                           what keeps blobs alive
///     leases/NAME                                   what running processes are about to need
///     ingest/NAME                                   what is being written
///     quarantine/NAME.INODE                         what turned out damaged
///     verified/BOOT                                 what has been read and found right since the machine started
///     lock                                          held while names are added, moved or removed
///
/// A blob has its name only once it is whole and on the disk, is never modified, and is read only against
/// its digest. Any number of processes may use a store at once, and any of them may be killed at any point.
package final class Store: Sendable {
  /// The store's folder, absolute and without symbolic links.
  package let root: FilePath
  let blobFolder: FilePath
  private let blobPrefix: String
  let marks: VerifiedMarks
  let processLease = Mutex<Lease?>(nil)

  /// Opens the store in `folder`.
  /// - Parameters:
  ///   - creating: whether a folder that is missing, empty, or holds nothing but a README.md and a CACHEDIR.TAG
  ///     becomes a store.
  /// - Throws: where the folder is no store, or is one of a format that this program does not know.
  package init(at folder: FilePath, creating: Bool) throws(Diagnostic) {
    if creating { try DurableFile.createFolder(folder) }
    try StoreFormat.check(folder, creating: creating)
    root = try attempt("open the store", folder) {
      guard let resolved = realpath(folder.string, nil) else { throw Errno.current }
      defer { free(resolved) }
      return FilePath(String(cString: resolved))
    }
    try StoreFormat.layOut(root)
    blobFolder = root.appending("blobs").appending("sha256")
    blobPrefix = blobFolder.string + "/"
    marks = VerifiedMarks(folder: root.appending("verified"))
  }

  /// Where the blob `digest` lies, or would lie.
  func location(of digest: Digest) -> FilePath { FilePath(blobPrefix + digest.hexadecimal) }

  /// Whether the blob is stored, by its name alone: one `stat` and no reading.
  ///
  /// A collection may remove it right after; ``hold(_:)`` it first where that matters.
  package func contains(_ digest: Digest) -> Bool { size(of: digest) != nil }

  /// The blob's size in bytes, or nil where it isn't stored.
  package func size(of digest: Digest) -> Int64? {
    var information = stat()
    guard lstat(blobPrefix + digest.hexadecimal, &information) == 0,
      information.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return Int64(information.st_size)
  }

  /// Every stored blob and its size in bytes, in no particular order.
  package func blobs() throws(Diagnostic) -> [(digest: Digest, size: Int64)] {
    var found: [(digest: Digest, size: Int64)] = []
    try FolderListing.forEach(in: blobFolder) { folder, name in
      var information = stat()
      guard let digest = Digest(hexadecimal: name),
        let text = name.assumingMemoryBound(to: CChar.self).baseAddress,
        fstatat(folder, text, &information, AT_SYMLINK_NOFOLLOW) == 0,
        information.st_mode & S_IFMT == S_IFREG
      else { return }
      found.append((digest, Int64(information.st_size)))
    }
    return found
  }

  /// Runs `body` while the store's lock is held; `body` must be brief and must not ask for the lock itself.
  func withLock<Result>(
    _ mode: FileLock.Mode, _ body: () throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> Result {
    let lock = try FileLock(root.appending("lock"), mode)
    defer { lock.release() }
    return try body()
  }

  /// The error of a blob that isn't there.
  func missing(_ digest: Digest) -> Diagnostic {
    Diagnostic(
      .notAvailableOffline, "\(digest) isn't in the store \(root)",
      hints: ["run 'hardtack fetch' to get what the lockfile names, or 'hardtack bake' to make it again"])
  }
}
