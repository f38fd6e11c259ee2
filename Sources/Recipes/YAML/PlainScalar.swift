/// What YAML makes of text without quotes.
///
/// YAML 1.1 and 1.2 readers differ on `no`, `0644` or `12:30`; whatever either would take for something else
/// than text counts as such, so that a recipe means the same to every reader.
///
/// Source: <https://yaml.org/type/> for 1.1, <https://yaml.org/spec/1.2.2/#103-core-schema> for 1.2.
enum PlainScalar: Equatable {
  case text
  case null
  case truth
  case number
  case date

  init(_ text: String) {
    let bytes = Array(text.utf8)
    let lower = text.lowercased()
    if Self.nulls.contains(lower) {
      self = .null
    } else if Self.truths.contains(lower) {
      self = .truth
    } else if Self.isDate(bytes) {
      self = .date
    } else if Self.isNumber(bytes, lower) {
      self = .number
    } else {
      self = .text
    }
  }

  /// As an error names it.
  var kind: String {
    switch self {
    case .text: "text"
    case .null: "nothing"
    case .truth: "a truth value"
    case .number: "a number"
    case .date: "a date"
    }
  }

  private static let nulls: Set<String> = ["", "~", "null"]
  private static let truths: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n"]

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  /// `2024-1-31`, alone or with a time of day behind it.
  private static func isDate(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 8, bytes[..<4].allSatisfy(isDigit), bytes[4] == UInt8(ascii: "-") else {
      return false
    }
    let parts = bytes[5...].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard let month = parts.first, (1...2).contains(month.count), month.allSatisfy(isDigit) else {
      return false
    }
    return parts.count > 1 && parts[1].first.map(isDigit) == true
      && parts[1].prefix(while: isDigit).count <= 2
      && (parts[1].allSatisfy(isDigit) && parts.count == 2
        || [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains {
          parts[1].drop(while: isDigit).first == $0
        })
  }

  /// Integers in any of YAML's notations, sexagesimal ones too, and floating point numbers.
  private static func isNumber(_ bytes: [UInt8], _ lower: String) -> Bool {
    var rest = bytes[...]
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    let unsigned = String(decoding: rest, as: UTF8.self).lowercased()
    if unsigned == ".inf" || lower == ".nan" { return true }
    for (prefix, digits) in [("0b", "01_"), ("0o", "01234567_"), ("0x", "0123456789abcdef_")]
    where unsigned.hasPrefix(prefix) {
      return unsigned.count > 2 && unsigned.dropFirst(2).allSatisfy(digits.contains)
    }
    guard let first = rest.first, isDigit(first) || first == UInt8(ascii: ".") else { return false }
    if rest.contains(UInt8(ascii: ":")) {
      return rest.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || $0 == 95 }
        && rest.last != UInt8(ascii: ":")
    }
    return isDecimal(rest)
  }

  /// Digits with at most one point, and an exponent perhaps.
  private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    var digits = 0
    func take(_ rest: inout ArraySlice<UInt8>) {
      while let byte = rest.first, isDigit(byte) || byte == UInt8(ascii: "_") {
        digits += isDigit(byte) ? 1 : 0
        rest = rest.dropFirst()
      }
    }
    take(&rest)
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      take(&rest)
    }
    guard digits > 0 else { return false }
    if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        rest = rest.dropFirst()
      }
      return !rest.isEmpty && rest.allSatisfy(isDigit)
    }
    return rest.isEmpty
  }
}
