import Glibc

/// Walks through the fields of a control file (deb822(5)) in memory, without copying.
///
/// A value's continuation lines are part of its slice as they stand. Lines that start with `#` are comments.
struct ControlScanner {
  enum Item {
    case field(name: Bytes, value: Bytes)
    /// The paragraph ends before the given offset.
    case end(Int)
  }

  /// A line that is neither a field, a continuation nor a comment.
  struct Fault: Error {
    var offset: Int
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var offset: Int
  private var isInParagraph = false

  init(_ bytes: UnsafeBufferPointer<UInt8>, from offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  /// The next field or the end of a paragraph; nil at the end of the file.
  mutating func next() throws(Fault) -> Item? {
    while offset < bytes.count {
      let start = offset
      let end = endOfLine(start)
      let first = bytes[start]
      if isBlank(start, end) {
        offset = min(end + 1, bytes.count)
        guard isInParagraph else { continue }
        isInParagraph = false
        return .end(start)
      }
      if first == UInt8(ascii: "#") {
        offset = min(end + 1, bytes.count)
        continue
      }
      guard first != UInt8(ascii: " "), first != UInt8(ascii: "\t"),
        let colon = memchr(bytes.baseAddress! + start, 0x3a, end - start)
      else { throw Fault(offset: start) }
      // memchr found it inside the buffer, and baseAddress exists as the buffer isn't empty.
      let separator = UnsafeRawPointer(colon) - UnsafeRawPointer(bytes.baseAddress!)
      guard separator > start else { throw Fault(offset: start) }
      let valueEnd = endOfValue(end)
      offset = min(valueEnd + 1, bytes.count)
      isInParagraph = true
      return .field(name: bytes[start..<separator], value: bytes[(separator + 1)..<valueEnd])
    }
    guard isInParagraph else { return nil }
    isInParagraph = false
    return .end(bytes.count)
  }

  /// The line of the file, from 1, that `offset` lies in.
  func line(at offset: Int) -> Int {
    bytes[..<min(offset, bytes.count)].reduce(1) { $1 == 10 ? $0 + 1 : $0 }
  }

  private func endOfLine(_ start: Int) -> Int {
    // Called only where the buffer isn't empty, so that it has an address.
    guard let newline = memchr(bytes.baseAddress! + start, 10, bytes.count - start) else {
      return bytes.count
    }
    return UnsafeRawPointer(newline) - UnsafeRawPointer(bytes.baseAddress!)
  }

  private func isBlank(_ start: Int, _ end: Int) -> Bool {
    var index = start
    while index < end, bytes[index].isWhitespace { index += 1 }
    return index == end
  }

  // Takes in the continuation lines behind the line that ends at `end`, and comments only between them.
  private func endOfValue(_ end: Int) -> Int {
    var end = end
    var next = end + 1
    while next < bytes.count {
      let lineEnd = endOfLine(next)
      if bytes[next] == UInt8(ascii: " ") || bytes[next] == UInt8(ascii: "\t") {
        if isBlank(next, lineEnd) { break }
        end = lineEnd
      } else if bytes[next] != UInt8(ascii: "#") {
        break
      }
      next = lineEnd + 1
    }
    return end
  }
}
