/// The header lines of a file in the form of an e-mail: METADATA and WHEEL.
///
/// Source: RFC 822 as far as Python's `email` parser reads these files: a name, a colon and a value; a line that
/// begins with white space goes on with the one before; an empty line ends them.
struct HeaderLines: Sequence, IteratorProtocol {
  struct Header {
    /// In lower case.
    var name: String
    /// Without white space around it.
    var value: String
    /// Counted from 1.
    var line: Int
  }

  private let bytes: [UInt8]
  private var position: Int
  private var line = 0
  private var hasEnded = false

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark, as some editors write it.
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  mutating func next() -> Header? {
    while !hasEnded, let (start, end) = takeLine() {
      if start == end {
        hasEnded = true
        return nil
      }
      guard let colon = bytes[start..<end].firstIndex(of: UInt8(ascii: ":")),
        !TextScanner.isSpace(bytes[start])
      else { continue }
      let name = String(decoding: bytes[start..<colon], as: UTF8.self).lowercased()
      let first = line
      var last = end
      while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09,
        let (_, next) = takeLine()
      {
        last = next
      }
      return Header(name: name, value: Self.trimmed(bytes[(colon + 1)..<last]), line: first)
    }
    return nil
  }

  /// The bounds of the next line without its ending.
  private mutating func takeLine() -> (Int, Int)? {
    guard position < bytes.count else { return nil }
    line += 1
    let start = position
    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
    position = Swift.min(end + 1, bytes.count)
    return (start, end > start && bytes[end - 1] == 0x0D ? end - 1 : end)
  }

  private static func trimmed(_ value: ArraySlice<UInt8>) -> String {
    var value = value
    while let first = value.first, TextScanner.isSpace(first) { value = value.dropFirst() }
    while let last = value.last, TextScanner.isSpace(last) { value = value.dropLast() }
    return String(decoding: value, as: UTF8.self)
  }
}
