import Essentials

/// Reads JSON from front to back, holding nothing but what is asked for.
///
/// Pages of an index have megabytes of which a few members matter; this reads them several times faster than
/// building a tree. Source: RFC 8259.
struct JSONScanner: ~Copyable {
  private let bytes: [UInt8]
  private(set) var position = 0
  private let name: String
  /// Deeper nesting than this is refused.
  private static let depthLimit = 64

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  func refusal(_ expected: String) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "\(name) is not the JSON it should be: expected \(expected) at byte \(position)")
  }

  /// The next byte behind white space, or 0 at the end.
  mutating func peek() -> UInt8 {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return bytes[position]
      }
    }
    return 0
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte, position < bytes.count else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Diagnostic) {
    guard take(UInt8(ascii: character)) else { throw refusal("'\(character)'") }
  }

  /// Reads an object, handing each member's name to `body`, which must read or skip the value.
  mutating func object(
    _ body: (inout JSONScanner, String) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    try expect("{")
    if take(UInt8(ascii: "}")) { return }
    repeat {
      guard peek() == UInt8(ascii: "\"") else { throw refusal("a member's name") }
      let key = try string()
      try expect(":")
      try body(&self, key)
    } while take(UInt8(ascii: ","))
    try expect("}")
  }

  /// Reads an array; `body` must read or skip each value.
  mutating func array(_ body: (inout JSONScanner) throws(Diagnostic) -> Void) throws(Diagnostic) {
    try expect("[")
    if take(UInt8(ascii: "]")) { return }
    repeat { try body(&self) } while take(UInt8(ascii: ","))
    try expect("]")
  }

  /// A string, or nil where something else stands here, which is skipped.
  mutating func optionalString() throws(Diagnostic) -> String? {
    guard peek() == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    return try string()
  }

  /// A true or false, or nil where something else stands here, which is left.
  mutating func optionalBool() -> Bool? {
    switch peek() {
    case UInt8(ascii: "t"): takeWord("true") ? true : nil
    case UInt8(ascii: "f"): takeWord("false") ? false : nil
    default: nil
    }
  }

  /// A whole number that isn't negative, or nil where something else stands here, which is skipped.
  mutating func optionalInteger() throws(Diagnostic) -> Int64? {
    _ = peek()
    let start = position
    var value: Int64 = 0
    var fits = true
    while position < bytes.count, TextScanner.isDigit(bytes[position]) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int64(bytes[position] - 48))
      fits = fits && !overflow && !carry
      value = sum
      position += 1
    }
    let isWhole =
      position > start
      && (position >= bytes.count || ![UInt8(ascii: "."), 0x65, 0x45].contains(bytes[position]))
    if isWhole { return fits ? value : nil }
    position = start
    try skip()
    return nil
  }

  /// Skips one value of whatever kind.
  mutating func skip() throws(Diagnostic) {
    var depth = 0
    repeat {
      switch peek() {
      case UInt8(ascii: "\""): _ = try rawString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        guard depth <= Self.depthLimit else { throw refusal("at most \(Self.depthLimit) nested values") }
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { throw refusal("a value") }
        depth -= 1
        position += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { throw refusal("a value") }
        position += 1
      case 0:
        throw refusal("a value")
      default:
        let start = position
        while position < bytes.count,
          TextScanner.isAlphanumeric(bytes[position]) || "+-.".utf8.contains(bytes[position])
        {
          position += 1
        }
        guard position > start else { throw refusal("a value") }
      }
    } while depth > 0
  }

  /// Checks that nothing but white space is left.
  mutating func end() throws(Diagnostic) {
    guard peek() == 0, position >= bytes.count else { throw refusal("the end") }
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
    position += count
    return true
  }

  /// The bytes between the quotes, and whether a backslash is among them.
  private mutating func rawString() throws(Diagnostic) -> (range: Range<Int>, isEscaped: Bool) {
    position += 1
    let start = position
    var isEscaped = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return (start..<position - 1, isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        position += 2
      case 0..<0x20:
        throw refusal("no control character in a string")
      default:
        position += 1
      }
    }
    position = bytes.count
    throw refusal("a closing quote")
  }

  private mutating func string() throws(Diagnostic) -> String {
    let (range, isEscaped) = try rawString()
    if !isEscaped { return String(decoding: bytes[range], as: UTF8.self) }
    guard let text = JSONEscapes.text(bytes[range]) else { throw refusal("an escape that JSON knows") }
    return text
  }
}
