import Essentials
import Glibc
import SystemPackage

/// A file that is written whole or not at all: under another name in the same folder until ``publish()``.
final class ExportFile: ByteSink {
  private static let bufferSize = 1 << 20

  private let path: FilePath
  private let temporary: FilePath
  private let file: FileDescriptor
  private var buffer: [UInt8] = []
  private var isPublished = false
  /// How many bytes there are, those of ``skip(to:)`` included.
  private(set) var position: Int64 = 0

  init(_ path: FilePath) throws(Diagnostic) {
    self.path = path
    let temporary = path.removingLastComponent().appending(
      ".\(path.lastComponent?.string ?? "").\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp")
    self.temporary = temporary
    file = try attempt("write", path) {
      try FileDescriptor.open(
        temporary, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit {
    try? file.close()
    if !isPublished { unlink(temporary.string) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    position += Int64(bytes.count)
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    guard bytes.count < Self.bufferSize else {
      return try attempt("write", path) { _ = try file.writeAll(bytes) }
    }
    buffer.append(contentsOf: bytes)
  }

  /// Goes on at `position`, at or behind what is written; zeros stand between, which take no room on the disk.
  func skip(to position: Int64) throws(Diagnostic) {
    try flush()
    try attempt("write", path) {
      guard position >= self.position else { throw Errno.invalidArgument }
      try file.seek(offset: position, from: .start)
      if position > self.position, ftruncate(file.rawValue, off_t(position)) != 0 { throw Errno.current }
    }
    self.position = position
  }

  /// Gives the file its name, once it's on the disk.
  func publish() throws(Diagnostic) {
    try flush()
    try attempt("write", path) {
      guard fsync(file.rawValue) == 0, rename(temporary.string, path.string) == 0 else { throw Errno.current }
    }
    isPublished = true
    try DurableFile.synchronize(folder: path.removingLastComponent())
  }

  private func flush() throws(Diagnostic) {
    guard !buffer.isEmpty else { return }
    try attempt("write", path) { _ = try file.writeAll(buffer) }
    buffer.removeAll(keepingCapacity: true)
  }
}
