// Source: PEP 440, appendix B: the regular expression, as a parser that never goes back.

extension PythonVersion {
  /// The version that `text` spells, white space around it allowed, or nil where it's none.
  package init?(_ text: some StringProtocol) {
    var scanner = TextScanner(text)
    scanner.skip(while: TextScanner.isSpace)
    guard let version = Self.scan(&scanner, local: true) else { return nil }
    scanner.skip(while: TextScanner.isSpace)
    guard scanner.isAtEnd else { return nil }
    self = version
  }

  /// Reads a version as far as it goes, or nothing.
  /// - Parameter local: whether a local label may stand behind it.
  static func scan(_ scanner: inout TextScanner, local: Bool) -> PythonVersion? {
    _ = scanner.take("v", folding: true)
    guard var first = scanner.takeNumber() else { return nil }
    var epoch: UInt64 = 0
    if scanner.take("!") {
      guard let number = scanner.takeNumber() else { return nil }
      epoch = first
      first = number
    }
    var version = PythonVersion(epoch: epoch, release: [first])
    while scanner.peek == UInt8(ascii: "."), scanner.peek(1).map(TextScanner.isDigit) == true {
      scanner.advance()
      guard let number = scanner.takeNumber() else { return nil }
      version.release.append(number)
    }
    guard version.scanPre(&scanner), version.scanPost(&scanner), version.scanDev(&scanner) else { return nil }
    if local, scanner.peek == UInt8(ascii: "+"), scanner.peek(1).map(TextScanner.isAlphanumeric) == true {
      scanner.advance()
      version.scanLocal(&scanner)
    }
    return version
  }

  private static let preKinds: [(String, PreRelease)] = [
    ("alpha", .alpha), ("a", .alpha), ("beta", .beta), ("b", .beta), ("preview", .candidate),
    ("pre", .candidate), ("c", .candidate), ("rc", .candidate),
  ]

  private mutating func scanPre(_ scanner: inout TextScanner) -> Bool {
    let start = scanner
    scanner.skipSeparator()
    for (letters, kind) in Self.preKinds where scanner.take(letters, folding: true) {
      scanner.skipSeparator()
      guard let number = scanner.takeOptionalNumber() else { return false }
      pre = Pre(kind: kind, number: number)
      return true
    }
    scanner = start
    return true
  }

  private mutating func scanPost(_ scanner: inout TextScanner) -> Bool {
    if scanner.peek == UInt8(ascii: "-"), scanner.peek(1).map(TextScanner.isDigit) == true {
      scanner.advance()
      post = scanner.takeNumber()
      return post != nil
    }
    let start = scanner
    scanner.skipSeparator()
    for letters in ["post", "rev", "r"] where scanner.take(letters, folding: true) {
      scanner.skipSeparator()
      post = scanner.takeOptionalNumber()
      return post != nil
    }
    scanner = start
    return true
  }

  private mutating func scanDev(_ scanner: inout TextScanner) -> Bool {
    let start = scanner
    scanner.skipSeparator()
    if scanner.take("dev", folding: true) {
      scanner.skipSeparator()
      dev = scanner.takeOptionalNumber()
      return dev != nil
    }
    scanner = start
    return true
  }

  private mutating func scanLocal(_ scanner: inout TextScanner) {
    repeat {
      let part = scanner.takeWhile(TextScanner.isAlphanumeric)
      if part.allSatisfy(TextScanner.isDigit) {
        let digits = part.drop { $0 == UInt8(ascii: "0") }
        local.append(.number(digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)))
      } else {
        local.append(.text(String(decoding: part.map(TextScanner.lowered), as: UTF8.self)))
      }
      guard let next = scanner.peek, TextScanner.isSeparator(next),
        scanner.peek(1).map(TextScanner.isAlphanumeric) == true
      else { return }
      scanner.advance()
    } while true
  }
}
