/// Dates and times in the forms of RFC 3339 that TOML takes.
enum TOMLDate {
  /// Where the date, the time, or the date with a time that begins at `start` ends; nil where none does.
  static func end(_ bytes: [UInt8], from start: Int) -> Int? {
    if let end = time(bytes, start) { return end }
    guard let end = date(bytes, start) else { return nil }
    guard end < bytes.count, [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[end]),
      let whole = time(bytes, end + 1)
    else { return end }
    return offset(bytes, whole) ?? whole
  }

  private static func date(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard let year = number(bytes, start, 4, 1...9999), stands(bytes, start + 4, "-"),
      let month = number(bytes, start + 5, 2, 1...12), stands(bytes, start + 7, "-"),
      number(bytes, start + 8, 2, 1...days(year, month)) != nil
    else { return nil }
    return start + 10
  }

  private static func days(_ year: Int, _ month: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func time(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard number(bytes, start, 2, 0...23) != nil, stands(bytes, start + 2, ":"),
      number(bytes, start + 3, 2, 0...59) != nil, stands(bytes, start + 5, ":"),
      number(bytes, start + 6, 2, 0...59) != nil
    else { return nil }
    var end = start + 8
    if stands(bytes, end, "."), number(bytes, end + 1, 1, 0...9) != nil {
      end += 1
      while end < bytes.count, TextScanner.isDigit(bytes[end]) { end += 1 }
    }
    return end
  }

  private static func offset(_ bytes: [UInt8], _ start: Int) -> Int? {
    if stands(bytes, start, "Z") || stands(bytes, start, "z") { return start + 1 }
    guard stands(bytes, start, "+") || stands(bytes, start, "-"), number(bytes, start + 1, 2, 0...23) != nil,
      stands(bytes, start + 3, ":"), number(bytes, start + 4, 2, 0...59) != nil
    else { return nil }
    return start + 6
  }

  private static func stands(_ bytes: [UInt8], _ place: Int, _ character: Unicode.Scalar) -> Bool {
    place < bytes.count && bytes[place] == UInt8(ascii: character)
  }

  /// The number of `count` digits at `start`, where it's in `range`.
  private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int, _ range: ClosedRange<Int>) -> Int?
  {
    guard start + count <= bytes.count else { return nil }
    var number = 0
    for byte in bytes[start..<(start + count)] {
      guard TextScanner.isDigit(byte) else { return nil }
      number = number * 10 + Int(byte - 48)
    }
    return range.contains(number) ? number : nil
  }
}
