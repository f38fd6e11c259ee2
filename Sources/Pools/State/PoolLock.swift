import Essentials
import Glibc
import SystemPackage

/// An advisory lock on a file (flock(2)) that goes with this object or this process.
final class PoolLock: Sendable {
  private let file: FileDescriptor

  /// Takes the lock on `path`, which is created where it's missing, without waiting.
  /// - Parameter refusal: thrown where another holds it.
  init(_ path: FilePath, refusal: Diagnostic) throws(Diagnostic) {
    let opened = try attempt("open", path) {
      try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    }
    guard flock(opened.rawValue, LOCK_EX | LOCK_NB) == 0 else {
      let failure = Errno.current
      try? opened.close()
      throw failure == .wouldBlock ? refusal : .system(failure, "lock", path)
    }
    file = opened
  }

  // Unlocked by name: a program that is being started has a copy of the descriptor until it's executed, and the lock
  // would go only with the last copy.
  deinit {
    flock(file.rawValue, LOCK_UN)
    try? file.close()
  }
}
