/// A place in some ASCII text, moving forward: what the parsers of versions, requirements and markers share.
struct TextScanner {
  let bytes: [UInt8]
  var position = 0

  init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position >= bytes.count }
  var peek: UInt8? { peek(0) }

  func peek(_ distance: Int) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  mutating func advance() { position += 1 }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  mutating func skip(while condition: (UInt8) -> Bool) {
    while position < bytes.count, condition(bytes[position]) { position += 1 }
  }

  /// Spaces and tabs, which the grammar of PEP 508 calls white space.
  mutating func skipBlanks() {
    skip { $0 == 0x20 || $0 == 0x09 }
  }

  /// One `.`, `_` or `-`, where there is one.
  mutating func skipSeparator() {
    if let byte = peek, Self.isSeparator(byte) { position += 1 }
  }

  mutating func takeWhile(_ condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = position
    skip(while: condition)
    return bytes[start..<position]
  }

  /// Takes `word` where it stands here.
  /// - Parameter folding: whether upper case counts as the lower case of `word`.
  mutating func take(_ word: String, folding: Bool = false) -> Bool {
    var index = position
    for wanted in word.utf8 {
      guard index < bytes.count else { return false }
      let byte = folding ? Self.lowered(bytes[index]) : bytes[index]
      guard byte == wanted else { return false }
      index += 1
    }
    position = index
    return true
  }

  /// Takes `word` where it stands here as a whole word.
  mutating func takeWord(_ word: String) -> Bool {
    let start = position
    guard take(word) else { return false }
    if let next = peek, Self.isWord(next) {
      position = start
      return false
    }
    return true
  }

  /// A decimal number, or nil where there is none or it doesn't fit in 64 bits.
  mutating func takeNumber() -> UInt64? {
    let start = position
    var value: UInt64 = 0
    while let byte = peek, Self.isDigit(byte) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(byte - 48))
      if overflow || carry { return nil }
      value = sum
      position += 1
    }
    return position > start ? value : nil
  }

  /// A decimal number, 0 where there is none; nil where it doesn't fit in 64 bits.
  mutating func takeOptionalNumber() -> UInt64? {
    guard let byte = peek, Self.isDigit(byte) else { return 0 }
    return takeNumber()
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
  static func isLetter(_ byte: UInt8) -> Bool { lowered(byte) >= 97 && lowered(byte) <= 122 }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
  static func isWord(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
  }
  static func isSeparator(_ byte: UInt8) -> Bool { byte == 46 || byte == 95 || byte == 45 }
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 32 || (byte >= 9 && byte <= 13) || (byte >= 28 && byte <= 31)
  }
  static func lowered(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }
}
