import CLinux
import Essentials
import Glibc
import SystemPackage

/// A file under `ingest/`, locked by its writer for as long as it is written.
///
/// `HEX.partial` is a download that may be resumed, by its expected digest; `PID.RANDOM.tmp` is anything else. A
/// file that nobody has locked is a dead process's.
struct IngestFile {
  let descriptor: FileDescriptor
  let path: FilePath
  let isResumable: Bool

  private static let permissions: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]

  /// A new file.
  /// - Precondition: the store's lock is held, or a collection might take it for a dead process's.
  init(in folder: FilePath) throws(Diagnostic) {
    let path = folder.appending("\(getpid()).\(Hexadecimal.text(SystemRandom.bytes(8))).tmp")
    self.path = path
    isResumable = false
    descriptor = try attempt("write", path) {
      let file = try FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: Self.permissions)
      guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw Errno.current }
      return file
    }
  }

  /// The file of the download of `digest`, with whatever an earlier run left in it; nil where another process
  /// is at it.
  /// - Precondition: the store's lock is held.
  init?(in folder: FilePath, resuming digest: Digest) throws(Diagnostic) {
    let path = folder.appending("\(digest.hexadecimal).partial")
    let file = try attempt("write", path) {
      do {
        return try FileDescriptor.open(
          path, .readWrite, options: [.create, .closeOnExec, .noFollow], permissions: Self.permissions)
      } catch Errno.permissionDenied where unlink(path.string) == 0 {
        // Killed between becoming read-only and getting its name.
        return try FileDescriptor.open(
          path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: Self.permissions)
      }
    }
    var opened = stat()
    var named = stat()
    // Its last owner may have given it its blob's name between the opening and the locking; then it must not
    // be written to any more.
    guard try FileLock.take(file, path: path), fstat(file.rawValue, &opened) == 0,
      lstat(path.string, &named) == 0, opened.st_ino == named.st_ino, opened.st_nlink == 1
    else {
      try? file.close()
      return nil
    }
    self.path = path
    descriptor = file
    isResumable = true
  }

  /// The extended attribute of a resumable file that its writer may use.
  var note: String? {
    get {
      guard isResumable else { return nil }
      var bytes = [UInt8](repeating: 0, count: 1024)
      let count = fgetxattr(descriptor.rawValue, Self.attribute, &bytes, bytes.count)
      return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
    nonmutating set {
      guard isResumable else { return }
      let bytes = Array((newValue ?? "").utf8)
      if bytes.isEmpty {
        fremovexattr(descriptor.rawValue, Self.attribute)
      } else {
        fsetxattr(descriptor.rawValue, Self.attribute, bytes, bytes.count, 0)
      }
    }
  }

  private static let attribute = "user.hardtack.resume"

  func remove() { unlink(path.string) }

  func close() { FileLock.release(descriptor) }
}
