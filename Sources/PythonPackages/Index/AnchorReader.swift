/// Finds the anchors, and the base, of an HTML page. Everything else of HTML is passed over.
struct AnchorReader {
  struct Element {
    var name: String
    /// By their names in lower case; the first of a name counts.
    var attributes: [String: String] = [:]
    /// What stands between an anchor's tags, without white space around it.
    var text = ""
  }

  private let bytes: [UInt8]
  private var position = 0
  /// Whether there was a tag at all.
  private(set) var sawMarkup = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next `<a>` or `<base>`, or nil at the end.
  mutating func next() -> Element? {
    while let open = find(UInt8(ascii: "<")) {
      position = open + 1
      if starts(with: "!--") {
        skipComment()
        continue
      }
      let tag = name()
      if !tag.isEmpty || starts(with: "!") || starts(with: "/") { sawMarkup = true }
      guard tag == "a" || tag == "base" else { continue }
      var element = Element(name: tag)
      while let (key, value) = attribute() {
        if element.attributes[key] == nil { element.attributes[key] = value }
      }
      if tag == "a" {
        let end = find(UInt8(ascii: "<")) ?? bytes.count
        element.text = Self.unescaped(Self.trimmed(bytes[position..<end]))
        position = end
      }
      return element
    }
    return nil
  }

  private func find(_ byte: UInt8) -> Int? { bytes[position...].firstIndex(of: byte) }

  private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

  private mutating func skipComment() {
    while let dash = find(UInt8(ascii: "-")) {
      position = dash
      if starts(with: "-->") {
        position += 3
        return
      }
      position += 1
    }
    position = bytes.count
  }

  private mutating func name() -> String {
    let start = position
    while position < bytes.count, TextScanner.isAlphanumeric(bytes[position]) || bytes[position] == 45 {
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
  }

  /// The next attribute of a tag; at the tag's end nil, and the place is behind it.
  private mutating func attribute() -> (String, String)? {
    while position < bytes.count, TextScanner.isSpace(bytes[position]) || bytes[position] == UInt8(ascii: "/")
    {
      position += 1
    }
    guard position < bytes.count else { return nil }
    if bytes[position] == UInt8(ascii: ">") {
      position += 1
      return nil
    }
    let key = takeText {
      $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ">") || $0 == 47 || TextScanner.isSpace($0)
    }
    if key.isEmpty {
      position += 1
      return ("", "")
    }
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
      return (Self.unescaped(key).lowercased(), "")
    }
    position += 1
    skipSpace()
    var value: ArraySlice<UInt8> = []
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'") {
      let quote = bytes[position]
      position += 1
      value = takeText { $0 == quote }
      position = min(position + 1, bytes.count)
    } else {
      value = takeText { $0 == UInt8(ascii: ">") || TextScanner.isSpace($0) }
    }
    return (Self.unescaped(key).lowercased(), Self.unescaped(value))
  }

  private mutating func skipSpace() {
    while position < bytes.count, TextScanner.isSpace(bytes[position]) { position += 1 }
  }

  private mutating func takeText(until condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = position
    while position < bytes.count, !condition(bytes[position]) { position += 1 }
    return bytes[start..<position]
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let first = text.first, TextScanner.isSpace(first) { text = text.dropFirst() }
    while let last = text.last, TextScanner.isSpace(last) { text = text.dropLast() }
    return text
  }

  private static let entities: [String: Unicode.Scalar] = [
    "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'",
  ]

  /// The text with its character references replaced; one that isn't known stays as it is.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> String {
    let plain = String(decoding: text, as: UTF8.self)
    guard plain.utf8.contains(UInt8(ascii: "&")) else { return plain }
    var result = ""
    var rest = plain[...]
    while let ampersand = rest.firstIndex(of: "&") {
      result += rest[..<ampersand]
      rest = rest[ampersand...]
      let window = rest.prefix(12)
      if let end = window.firstIndex(of: ";"), let scalar = scalar(rest[rest.index(after: ampersand)..<end]) {
        result.unicodeScalars.append(scalar)
        rest = rest[rest.index(after: end)...]
      } else {
        result += "&"
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  private static func scalar(_ reference: Substring) -> Unicode.Scalar? {
    guard reference.hasPrefix("#") else { return entities[String(reference)] }
    let digits = reference.dropFirst()
    let code =
      digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return code.flatMap { Unicode.Scalar($0) }
  }
}
