import Essentials

/// Walks through a template's text and counts its lines.
struct TemplateScanner {
  enum Found {
    case braces
    case value(SecretTemplate.Place)
  }

  private let bytes: [UInt8]
  private let file: String
  private var index = 0
  private var line = 1
  private var column = 1

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// The text up to the next two opening braces, or to the end.
  mutating func literal() -> [UInt8] {
    let start = index
    while index < bytes.count, !stands("{{") { advance() }
    return Array(bytes[start..<index])
  }

  /// What the two opening braces here begin, or nil at the end.
  mutating func place() throws(Diagnostic) -> Found? {
    guard index < bytes.count else { return nil }
    let location = Diagnostic.Location(file: file, line: line, column: column)
    take(2)
    skipBlanks()
    if stands("'{{'") {
      take(4)
      try close(location)
      return .braces
    }
    let start = index
    while index < bytes.count, Self.isName(bytes[index]) { advance() }
    let name = String(decoding: bytes[start..<index], as: UTF8.self)
    guard SecretTemplate.isName(name) else {
      throw Diagnostic(
        .usage, "'{{' must be followed by the name of a value", at: location,
        hints: ["write {{ '{{' }} where the text needs two braces of its own"])
    }
    let place = SecretTemplate.Place(name: name, line: location.line ?? 0, column: location.column ?? 0)
    try close(location)
    return .value(place)
  }

  private mutating func close(_ start: Diagnostic.Location) throws(Diagnostic) {
    skipBlanks()
    guard stands("}}") else {
      throw Diagnostic(
        .usage, "'{{' isn't closed by '}}' behind the name", at: start,
        hints: ["a place holds a name only, as in {{ database_url }}"])
    }
    take(2)
  }

  private func stands(_ text: StaticString) -> Bool {
    guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
    return text.withUTF8Buffer { $0.elementsEqual(bytes[index..<index + $0.count]) }
  }

  private mutating func skipBlanks() {
    while index < bytes.count, bytes[index] == 32 || bytes[index] == 9 { advance() }
  }

  private mutating func take(_ count: Int) {
    for _ in 0..<count { advance() }
  }

  private mutating func advance() {
    if bytes[index] == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if bytes[index] & 0xC0 != 0x80 {
      column += 1
    }
    index += 1
  }
}
