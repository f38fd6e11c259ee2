import Essentials

/// Keys and strings.
extension TOMLParser {
  /// Reads a key of one or more parts, and the blanks behind it.
  mutating func dottedKey() throws(Diagnostic) -> [[UInt8]] {
    let start = position
    var parts: [[UInt8]] = []
    repeat {
      skipBlanks()
      parts.append(try simpleKey())
      skipBlanks()
      guard parts.count <= TOMLDocument.keyLimit else {
        throw refusal("a key has at most \(TOMLDocument.keyLimit) parts", at: start)
      }
    } while take(".")
    return parts
  }

  private mutating func simpleKey() throws(Diagnostic) -> [UInt8] {
    switch peek() {
    case UInt8(ascii: "\"")?: return try basicString()
    case UInt8(ascii: "'")?: return try literalString()
    default:
      let start = position
      while let byte = peek(), TextScanner.isAlphanumeric(byte) || byte == 0x5F || byte == 0x2D {
        position += 1
      }
      guard position > start else { throw expected("a key") }
      return Array(bytes[start..<position])
    }
  }

  /// Reads a string of any of the four kinds.
  mutating func string() throws(Diagnostic) -> [UInt8] {
    if take("\"\"\"") { return try longString(quote: UInt8(ascii: "\""), hasEscapes: true) }
    if take("'''") { return try longString(quote: UInt8(ascii: "'"), hasEscapes: false) }
    return peek() == UInt8(ascii: "\"") ? try basicString() : try literalString()
  }

  private mutating func literalString() throws(Diagnostic) -> [UInt8] {
    let start = position
    position += 1
    while let byte = peek() {
      if byte == UInt8(ascii: "'") {
        position += 1
        return Array(bytes[(start + 1)..<(position - 1)])
      }
      if Self.isControl(byte) { break }
      position += 1
    }
    throw unended(start)
  }

  private mutating func basicString() throws(Diagnostic) -> [UInt8] {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = peek() {
      if byte == UInt8(ascii: "\"") {
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") {
        try escape(into: &text)
        continue
      }
      if Self.isControl(byte) { break }
      text.append(byte)
      position += 1
    }
    throw unended(start)
  }

  /// Reads a string over several lines; the three quotes that open it were read.
  private mutating func longString(quote: UInt8, hasEscapes: Bool) throws(Diagnostic) -> [UInt8] {
    let start = position - 3
    var text: [UInt8] = []
    // A newline right behind the quotes isn't part of it.
    _ = takeNewline()
    while let byte = peek() {
      if byte == quote, peek(1) == quote, peek(2) == quote {
        position += 3
        // Up to two quotes may stand before the three that close it.
        for _ in 0..<2 where peek() == quote {
          text.append(quote)
          position += 1
        }
        return text
      }
      if takeNewline() {
        text.append(UInt8(ascii: "\n"))
      } else if hasEscapes, byte == UInt8(ascii: "\\") {
        if try !takeContinuation() { try escape(into: &text) }
      } else if Self.isControl(byte) {
        break
      } else {
        text.append(byte)
        position += 1
      }
    }
    throw unended(start)
  }

  /// Takes a backslash at the end of a line, and all white space up to what comes next.
  private mutating func takeContinuation() throws(Diagnostic) -> Bool {
    let start = position
    position += 1
    skipBlanks()
    guard takeNewline() else {
      position = start
      return false
    }
    repeat { skipBlanks() } while takeNewline()
    return true
  }

  private mutating func escape(into text: inout [UInt8]) throws(Diagnostic) {
    let start = position
    position += 1
    guard let letter = peek() else { throw unended(start) }
    position += 1
    switch letter {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(letter)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = letter == UInt8(ascii: "u") ? 4 : 8
      var number: UInt32 = 0
      for _ in 0..<count {
        guard let digit = peek().flatMap(Self.hexadecimal) else {
          throw refusal("an escape needs \(count) hexadecimal digits", at: start)
        }
        // Eight digits of four bits each fit.
        number = number << 4 | digit
        position += 1
      }
      guard let scalar = Unicode.Scalar(number) else {
        throw refusal("an escape names no character", at: start)
      }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default:
      throw refusal("there is no such escape in TOML", at: start)
    }
  }

  static func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch TextScanner.lowered(byte) {
    case let digit where TextScanner.isDigit(digit): UInt32(digit - 48)
    case let letter where letter >= 97 && letter <= 102: UInt32(letter - 87)
    default: nil
    }
  }

  private func unended(_ start: Int) -> Diagnostic {
    if let byte = peek(), Self.isControl(byte), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
      return refusal("a string can't hold a control character as it is", at: position)
    }
    return refusal("a string isn't closed", at: start)
  }
}
