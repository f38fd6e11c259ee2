package import Essentials
import Glibc
import Synchronization
import SystemPackage

/// A running process's word that it needs some blobs, stored or about to be: a collection spares them.
///
/// Format: the file `leases/PID.RANDOM`, whose first line is `hardtack lease 1` and whose other lines are
/// hexadecimal digests. Its owner holds a lock (flock(2)) on it, so that it ends with the process.
package final class Lease: Sendable {
  static let heading = "hardtack lease 1"

  private let file: FileDescriptor
  private let path: FilePath

  /// - Precondition: the store's lock is held, or a collection might take the file for a dead process's.
  init(in folder: FilePath) throws(Diagnostic) {
    let path = folder.appending("\(getpid()).\(Hexadecimal.text(SystemRandom.bytes(8)))")
    self.path = path
    file = try attempt("write", path) {
      let file = try FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw Errno.current }
      try file.writeAll((Self.heading + "\n").utf8)
      return file
    }
  }

  /// - Precondition: the store's lock is held.
  func add(_ digests: some Sequence<Digest>) throws(Diagnostic) {
    let text = digests.map { $0.hexadecimal + "\n" }.joined()
    guard !text.isEmpty else { return }
    try attempt("write", path) { _ = try file.writeAll(text.utf8) }
  }

  deinit {
    unlink(path.string)
    try? file.close()
  }
}

extension Store {
  /// Protects blobs from collection until this store object or the process ends, whether they're stored yet or not.
  ///
  /// Call it before asking ``contains(_:)``: what is there afterwards stays. What this object publishes is
  /// protected likewise. On a read-only mount there is nothing to announce to, and nothing is done.
  package func hold(_ digests: some Sequence<Digest>) throws(Diagnostic) {
    let digests = Array(digests)
    guard !digests.isEmpty else { return }
    if access(root.string, W_OK) != 0, errno == EROFS || errno == EACCES { return }
    try withLock(.shared) { () throws(Diagnostic) in try announce(digests) }
  }

  /// - Precondition: the store's lock is held.
  func announce(_ digests: [Digest]) throws(Diagnostic) {
    try processLease.withLock { (lease) throws(Diagnostic) in
      if let lease { return try lease.add(digests) }
      let new = try Lease(in: root.appending("leases"))
      try new.add(digests)
      lease = new
    }
  }
}

/// Bytes for names that must not collide.
enum SystemRandom {
  static func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
  }
}
