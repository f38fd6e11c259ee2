package import Essentials
import Glibc
package import SystemPackage

/// The file of a witness: a line for each request, in the order in which they ended.
package enum WitnessFile {
  static let title = "# hardtack witness 1\n"

  /// The records of a file, in the order of their due times. A last line that isn't whole is left out.
  /// - Throws: also where it isn't a witness's file, or another line isn't whole.
  package static func read(_ path: FilePath) throws(Diagnostic) -> [WitnessRecord] {
    let text = String(decoding: try DurableFile.read(path), as: UTF8.self)
    guard title.hasPrefix(text) || text.hasPrefix(title) else {
      throw Diagnostic(.failed, "\(path) is no file of a witness that this program knows")
    }
    var records: [WitnessRecord] = []
    var number = 0
    var rest = text.utf8[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[text.utf8.index(after: end)...]
      number += 1
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      // A witness that was killed leaves half a line, and the next one ends it with a mark.
      if line.last == UInt8(ascii: "~") { continue }
      guard let record = WitnessRecord(line: line) else {
        throw Diagnostic(
          .failed, "this is no record of a witness: \(Substring(line).printable)",
          at: .init(file: path.string, line: number))
      }
      records.append(record)
    }
    return records.sorted { ($0.due, $0.number) < ($1.due, $1.number) }
  }
}

/// Appends records, some at a time.
final class WitnessRecorder {
  private let path: FilePath
  private let file: FileDescriptor
  private var buffer: [UInt8] = []

  init(_ path: FilePath) throws(Diagnostic) {
    self.path = path
    let opened = try attempt("open", path) {
      try FileDescriptor.open(
        path, .readWrite, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    file = opened
    let size = try attempt("read", path) { try opened.seek(offset: 0, from: .end) }
    if size == 0 {
      buffer = Array(WitnessFile.title.utf8)
    } else {
      var last: UInt8 = 0
      _ = try attempt("read", path) {
        try withUnsafeMutableBytes(of: &last) { try opened.read(fromAbsoluteOffset: size - 1, into: $0) }
      }
      if last != UInt8(ascii: "\n") { buffer = Array("~\n".utf8) }
    }
  }

  deinit { try? file.close() }

  func append(_ record: WitnessRecord) { buffer += record.line.utf8 }

  /// Writes what is gathered. What can't be written now, as with a full disk, is kept for the next time.
  /// - Parameter isLast: whether there's none; then that is an error.
  func flush(isLast: Bool = false) throws(Diagnostic) {
    while !buffer.isEmpty {
      let count = buffer.withUnsafeBytes { write(file.rawValue, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        if isLast || buffer.count > 64 << 20 { throw .system(.current, "write", path) }
        return
      }
      buffer.removeFirst(count)
    }
  }
}
