extension VersionSpecifier {
  /// The clause that `text` spells, or nil where it's none.
  package init?(_ text: some StringProtocol) {
    var scanner = TextScanner(text)
    scanner.skip(while: TextScanner.isSpace)
    guard let clause = Self.scan(&scanner) else { return nil }
    scanner.skip(while: TextScanner.isSpace)
    guard scanner.isAtEnd else { return nil }
    self = clause
  }

  /// Reads one clause as far as it goes, or nothing.
  static func scan(_ scanner: inout TextScanner) -> VersionSpecifier? {
    guard let comparison = Operator.allCases.first(where: { scanner.take($0.rawValue) }) else { return nil }
    scanner.skip(while: TextScanner.isSpace)
    let start = scanner.position
    if comparison == .identical {
      // Any text, up to what ends or separates clauses.
      scanner.skip { byte in !TextScanner.isSpace(byte) && !";),".utf8.contains(byte) }
      let text = scanner.text(start..<scanner.position)
      guard !text.isEmpty else { return nil }
      return VersionSpecifier(comparison: comparison, text: text, version: PythonVersion(text))
    }
    let takesLocal = comparison == .equal || comparison == .unequal
    guard let version = PythonVersion.scan(&scanner, local: takesLocal) else { return nil }
    if comparison == .compatible, version.release.count < 2 { return nil }
    let text = scanner.text(start..<scanner.position)
    guard takesLocal, scanner.take(".*") else {
      return VersionSpecifier(comparison: comparison, text: text, version: version)
    }
    guard version.pre == nil, version.post == nil, version.dev == nil, !version.isLocal else { return nil }
    return VersionSpecifier(comparison: comparison, text: text, version: version, isPrefix: true)
  }
}
