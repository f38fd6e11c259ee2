import Glibc
package import SystemPackage

/// Files that are whole or absent, whatever happens while they're written.
package enum DurableFile {
  /// Writes `bytes` to `path`, replacing what stood there: temporary file in the same folder, fsync, rename,
  /// fsync of the folder. After any failure the old content is untouched and no temporary is left.
  /// - Parameters:
  ///   - mode: the file's permissions; the umask does not bear on them.
  ///   - lasts: whether it must be there after a power failure. Otherwise nothing waits for the disk, and after one the
  ///     file may be the old one, gone, or damaged, which whoever reads it must be able to tell.
  package static func write(
    _ bytes: [UInt8], to path: FilePath, mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead],
    lasts: Bool = true
  ) throws(Diagnostic) {
    let folder = path.removingLastComponent()
    let name = path.lastComponent?.string ?? ""
    let temporary = folder.appending(".\(name).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp")
    try attempt("write", path) {
      let file = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: mode)
      do {
        try file.closeAfter {
          try file.writeAll(bytes)
          guard fchmod(file.rawValue, mode.rawValue) == 0, !lasts || fsync(file.rawValue) == 0 else {
            throw Errno.current
          }
        }
        guard rename(temporary.string, path.string) == 0 else { throw Errno.current }
      } catch {
        unlink(temporary.string)
        throw error
      }
    }
    if lasts { try synchronize(folder: folder) }
  }

  /// Makes names created in, or removed from, `folder` survive a crash.
  package static func synchronize(folder: FilePath) throws(Diagnostic) {
    let folder = folder.isEmpty ? "." : folder
    try attempt("synchronize", folder) {
      let handle = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
      try handle.closeAfter {
        guard fsync(handle.rawValue) == 0 else { throw Errno.current }
      }
    }
  }

  /// Creates `folder` and those above it that are missing.
  package static func createFolder(_ folder: FilePath, mode: UInt32 = 0o755) throws(Diagnostic) {
    if mkdir(folder.string, mode) == 0 { return }
    switch Errno.current {
    case .fileExists:
      var information = stat()
      guard stat(folder.string, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
        throw .system(.notDirectory, "create the folder", folder)
      }
    case .noSuchFileOrDirectory where !folder.removingLastComponent().isEmpty:
      try createFolder(folder.removingLastComponent(), mode: mode)
      guard mkdir(folder.string, mode) == 0 || errno == EEXIST else {
        throw .system(.current, "create the folder", folder)
      }
    case let other:
      throw .system(other, "create the folder", folder)
    }
  }

  /// The whole content of `path`.
  /// - Parameter limit: in bytes; a longer file is an error.
  package static func read(_ path: FilePath, limit: Int = 1 << 30) throws(Diagnostic) -> [UInt8] {
    try attempt("read", path) {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        var information = stat()
        guard fstat(file.rawValue, &information) == 0 else { throw Errno.current }
        guard information.st_mode & S_IFMT != S_IFDIR else { throw Errno.isDirectory }
        guard information.st_size <= limit else {
          throw Diagnostic(.failed, "\(path) has \(information.st_size) bytes; at most \(limit) are read")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(information.st_size) + 1)
        var buffer = [UInt8](repeating: 0, count: max(4096, min(1 << 20, Int(information.st_size) + 1)))
        while true {
          let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
          if count == 0 { return bytes }
          bytes.append(contentsOf: buffer[..<count])
          guard bytes.count <= limit else {
            throw Diagnostic(.failed, "\(path) has more than \(limit) bytes")
          }
        }
      }
    }
  }
}
