import Essentials
import Glibc
import SystemPackage

/// The end of a log that a guest wrote.
enum Tail {
  /// How much of a file's end is looked at.
  private static let limit = 64 << 10

  /// The last lines of the log, without control characters: a guest must not steer the terminal of whoever reads.
  static func lines(of path: FilePath, count: Int) -> [String] {
    var bytes = end(of: path)
    if bytes.count < limit, let older = InstanceFiles.older(than: path) { bytes = end(of: older) + bytes }
    return bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).suffix(count).map(plain)
  }

  /// The last 64 KiB of the file.
  private static func end(of path: FilePath) -> [UInt8] {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return [] }
    defer { try? file.close() }
    var buffer = [UInt8](repeating: 0, count: limit)
    guard let size = try? file.seek(offset: 0, from: .end),
      let read = try? buffer.withUnsafeMutableBytes({
        try file.read(fromAbsoluteOffset: max(0, size - Int64($0.count)), into: $0)
      })
    else { return [] }
    return Array(buffer[..<read])
  }

  /// The text of `bytes` without escape sequences and control characters.
  static func plain(_ bytes: some Collection<UInt8>) -> String {
    var kept: [UInt8] = []
    var escaping = false
    for byte in bytes {
      if escaping {
        // A control sequence ends with a letter; `[` only opens it.
        if (0x40...0x7E).contains(byte), byte != UInt8(ascii: "[") { escaping = false }
      } else if byte == 0x1B {
        escaping = true
      } else if byte == 9 || (byte >= 32 && byte != 127) {
        kept.append(byte)
      }
    }
    return String(
      String.UnicodeScalarView(
        String(decoding: kept, as: UTF8.self).unicodeScalars.filter {
          !(0x80...0x9F).contains($0.value)
        }))
  }

  /// The last lines as a note under a diagnostic, under a line that names them.
  static func note(_ title: String, _ path: FilePath, count: Int = 20) -> [String] {
    let lines = lines(of: path, count: count)
    return lines.isEmpty ? [] : [title + ":"] + Command.tail(lines.joined(separator: "\n"), lines: count)
  }
}
