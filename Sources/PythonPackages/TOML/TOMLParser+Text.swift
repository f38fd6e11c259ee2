import Essentials

/// Moving through the text: blanks, comments, ends of lines, and errors with their places.
extension TOMLParser {
  func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  mutating func take(_ word: StaticString) -> Bool {
    guard position + word.utf8CodeUnitCount <= bytes.count else { return false }
    for index in 0..<word.utf8CodeUnitCount where bytes[position + index] != word.utf8Start[index] {
      return false
    }
    position += word.utf8CodeUnitCount
    return true
  }

  mutating func skipBlanks() {
    while let byte = peek(), byte == 0x20 || byte == 0x09 { position += 1 }
  }

  /// Takes the end of a line, LF or CRLF, where there is one.
  mutating func takeNewline() -> Bool {
    guard take("\n") || take("\r\n") else { return false }
    line += 1
    lineStart = position
    return true
  }

  private mutating func skipComment() throws(Diagnostic) {
    guard peek() == UInt8(ascii: "#") else { return }
    while let byte = peek(), byte != UInt8(ascii: "\n") {
      if byte == UInt8(ascii: "\r"), peek(1) == UInt8(ascii: "\n") { return }
      if Self.isControl(byte) { throw refusal("a comment can't hold a control character", at: position) }
      position += 1
    }
  }

  /// Takes what may stand behind a statement: blanks, a comment, and the end of the line or of the document.
  mutating func endLine() throws(Diagnostic) {
    skipBlanks()
    try skipComment()
    if position < bytes.count, !takeNewline() { throw expected("the end of the line") }
  }

  /// Skips blanks, comments and ends of lines: what may stand between the elements of an array.
  mutating func skipLines() throws(Diagnostic) {
    repeat {
      skipBlanks()
      try skipComment()
    } while takeNewline()
  }

  static func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != 0x09) || byte == 0x7F }

  // MARK: Errors

  /// The line and column of a byte of the current line, or of an earlier one: errors about a value that goes
  /// over several lines name its beginning.
  func place(of offset: Int) -> (line: Int32, column: Int32) {
    var (line, start) = (line, lineStart)
    if offset < start {
      line -= bytes[offset..<start].count { $0 == UInt8(ascii: "\n") }
      start = (bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    }
    return (Int32(clamping: line), Int32(clamping: offset - start + 1))
  }

  func refusal(_ message: String, at offset: Int) -> Diagnostic {
    let (line, column) = place(of: offset)
    return Diagnostic(
      .usage, message, at: Diagnostic.Location(file: file, line: Int(line), column: Int(column)))
  }

  func expected(_ what: String, at offset: Int? = nil) -> Diagnostic {
    let offset = offset ?? position
    let found: String
    if offset >= bytes.count {
      found = "the end of the file"
    } else if bytes[offset] == UInt8(ascii: "\n") || bytes[offset] == UInt8(ascii: "\r") {
      found = "the end of the line"
    } else {
      let rest = bytes[offset..<min(bytes.count, offset + 20)].prefix { !Self.isControl($0) }
      found = rest.isEmpty ? "a control character" : "'\(String(decoding: rest, as: UTF8.self))'"
    }
    return refusal("expected \(what), found \(found)", at: offset)
  }

  /// A key as messages show it.
  func text(of key: [[UInt8]]) -> String {
    String(key.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".").prefix(100)).printable
  }
}
