import Glibc
package import SystemPackage

/// A file's bytes, read by the memory system as they're needed.
///
/// For files that nobody changes: blobs of the store. A file that is truncated while it's mapped ends the
/// process with SIGBUS.
package final class MappedFile: Sendable {
  // The mapping is read-only and lives as long as this object.
  private nonisolated(unsafe) let address: UnsafeMutableRawPointer?
  package let count: Int

  /// Maps the file at `path`.
  package convenience init(_ path: FilePath) throws(Diagnostic) {
    let file = try attempt("open", path) {
      try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    }
    defer { try? file.close() }
    try self.init(file, path: path)
  }

  /// Maps the open file `file`; it may be closed afterwards.
  package init(_ file: FileDescriptor, path: FilePath) throws(Diagnostic) {
    var information = stat()
    guard fstat(file.rawValue, &information) == 0 else { throw .system(.current, "read", path) }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw Diagnostic(.failed, "cannot read \(path): not an ordinary file")
    }
    count = Int(information.st_size)
    guard count > 0 else {
      address = nil
      return
    }
    let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, file.rawValue, 0)
    guard mapping != MAP_FAILED else { throw .system(.current, "map", path) }
    address = mapping
  }

  deinit {
    if let address { munmap(address, count) }
  }

  /// Calls `body` with the bytes; they're valid until it returns.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: address.map { UnsafeRawPointer($0) }, count: count))
  }

  /// Lets go of the memory that `range` takes in this process; what is read of it again is mapped again.
  package func release(_ range: Range<Int>) {
    guard let address, !range.isEmpty else { return }
    let start = range.lowerBound / Int(sysconf(Int32(_SC_PAGESIZE))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    madvise(address + start, range.upperBound - start, MADV_DONTNEED)
  }

  /// Lets go of all of it, as above.
  package func release() { release(0..<count) }
}
