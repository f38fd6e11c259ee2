import Essentials
import Glibc
import SystemPackage

/// The lines that are appended to a file, as they become whole.
struct LineReader {
  private let path: FilePath
  private var offset: Int64 = 0
  private var partial: [UInt8] = []
  /// A longer line is dropped.
  private static let limit = 256 << 10

  init(_ path: FilePath) { self.path = path }

  /// The whole lines that came since the last call, without line feeds, 1 MiB of them at most; none where there's no file.
  mutating func next() -> [[UInt8]] {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return [] }
    defer { try? file.close() }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    guard
      let count = try? buffer.withUnsafeMutableBytes({
        try file.read(fromAbsoluteOffset: offset, into: $0)
      }), count > 0
    else { return [] }
    offset += Int64(count)
    var lines: [[UInt8]] = []
    for piece in buffer[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      lines.append(partial + piece)
      partial = []
    }
    // What follows the last line feed is the beginning of a line.
    partial = lines.popLast() ?? []
    if partial.count > Self.limit { partial = [] }
    return lines
  }
}
