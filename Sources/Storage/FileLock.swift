import Essentials
import Glibc
import SystemPackage

/// An advisory lock on a file (flock(2)): it ends with ``release()`` or with the process, however that ends.
struct FileLock: Sendable {
  enum Mode: Sendable {
    /// Any number may hold it, while nobody holds it alone.
    case shared
    /// One holds it, alone.
    case exclusive
  }

  private let file: FileDescriptor

  /// Waits for the lock on `path`, which is created where it is missing.
  init(_ path: FilePath, _ mode: Mode) throws(Diagnostic) {
    let opened = try attempt("open", path) {
      // Reading suffices for flock, so that a store on a read-only mount can be locked too.
      try FileDescriptor.open(
        path, .readOnly, options: [.create, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    while flock(opened.rawValue, mode == .shared ? LOCK_SH : LOCK_EX) != 0 {
      guard errno == EINTR else {
        let failure = Errno.current
        try? opened.close()
        throw .system(failure, "lock", path)
      }
    }
    file = opened
  }

  func release() { Self.release(file) }

  /// Unlocks `file` and closes it. By name, since a program that is being started has a copy of the descriptor until
  /// it's executed, and the lock would go only with the last copy.
  static func release(_ file: FileDescriptor) {
    flock(file.rawValue, LOCK_UN)
    try? file.close()
  }

  /// Locks `file` alone without waiting; false where another holds it.
  static func take(_ file: FileDescriptor, path: FilePath) throws(Diagnostic) -> Bool {
    while flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      default: throw .system(.current, "lock", path)
      }
    }
    return true
  }
}
