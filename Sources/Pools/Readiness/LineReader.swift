import Essentials
import Glibc
import SystemPackage

/// The lines that are appended to a log, as they become whole.
struct LineReader {
  private let path: FilePath
  /// What a full log is renamed to, before another takes its place.
  private let older: FilePath?
  /// The file that is being read, and how far.
  private var file: ino_t?
  private var offset: Int64 = 0
  private var partial: [UInt8] = []
  /// A longer line is dropped.
  private static let limit = 256 << 10

  init(_ path: FilePath) {
    self.path = path
    older = InstanceFiles.older(than: path)
  }

  /// The whole lines that came since the last call, without line feeds, 1 MiB of them at most; none where there's no file.
  mutating func next() -> [[UInt8]] {
    let newest = Self.open(path)
    defer { try? newest?.handle.close() }
    if file == nil || file != newest?.inode {
      // Nothing is written into the older one any more, so once it's read to its end it's done.
      if let older = older.flatMap(Self.open) {
        defer { try? older.handle.close() }
        if file == nil || file == older.inode {
          file = older.inode
          let bytes = read(older.handle)
          if !bytes.isEmpty { return lines(bytes) }
        }
      }
      guard let newest else { return [] }
      file = newest.inode
      offset = 0
    }
    guard let newest else { return [] }
    return lines(read(newest.handle))
  }

  private static func open(_ path: FilePath) -> (handle: FileDescriptor, inode: ino_t)? {
    guard let handle = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
    var information = stat()
    guard fstat(handle.rawValue, &information) == 0 else {
      try? handle.close()
      return nil
    }
    return (handle, information.st_ino)
  }

  private mutating func read(_ handle: FileDescriptor) -> ArraySlice<UInt8> {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let offset = self.offset
    let count = try? buffer.withUnsafeMutableBytes { try handle.read(fromAbsoluteOffset: offset, into: $0) }
    self.offset += Int64(count ?? 0)
    return buffer[..<(count ?? 0)]
  }

  private mutating func lines(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    guard !bytes.isEmpty else { return [] }
    var lines: [[UInt8]] = []
    for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      lines.append(partial + piece)
      partial = []
    }
    // What follows the last line feed is the beginning of a line.
    partial = lines.popLast() ?? []
    if partial.count > Self.limit { partial = [] }
    return lines
  }
}
