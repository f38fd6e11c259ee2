// Classes of ASCII characters, independent of any locale, as dpkg's c-ctype has them.
extension UInt8 {
  var isDigit: Bool { self &- 48 < 10 }
  var isLetter: Bool { (self | 32) &- 97 < 26 }
  var isAlphanumeric: Bool { isDigit || isLetter }
  /// Space, tab, or the end of a line.
  var isWhitespace: Bool { self == 32 || self &- 9 < 5 }
  /// The same in lower case, where it's a letter of ASCII.
  var lowercased: UInt8 { self &- 65 < 26 ? self | 32 : self }
}

/// Part of a text in memory that someone else owns.
typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

extension Bytes {
  /// No bytes at all.
  static var none: Bytes { UnsafeBufferPointer<UInt8>(start: nil, count: 0)[...] }
}

extension Collection where Element == UInt8, SubSequence == Self {
  /// Without whitespace at both ends.
  func trimmed() -> Self {
    var rest = self
    while let byte = rest.first, byte.isWhitespace { rest = rest.dropFirst() }
    var end = rest.endIndex
    while end != rest.startIndex {
      let before = rest.index(end, offsetBy: -1)
      guard rest[before].isWhitespace else { break }
      end = before
    }
    return rest[rest.startIndex..<end]
  }
}

extension Collection where Element == UInt8 {
  var text: String { String(decoding: self, as: UTF8.self) }
}
