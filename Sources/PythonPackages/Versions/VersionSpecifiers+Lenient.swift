extension VersionSpecifiers {
  /// The clauses of a `Requires-Python` as projects have published them, or nil where there's no telling.
  ///
  /// Old metadata has `>=3.6.*`, which the standard never allowed but whose meaning is plain, and clauses that
  /// a space separates. Every installer takes them.
  package init?(lenient text: some StringProtocol) {
    if let strict = VersionSpecifiers(text) {
      self = strict
      return
    }
    var scanner = TextScanner(text)
    var clauses: [VersionSpecifier] = []
    while true {
      scanner.skip { TextScanner.isSpace($0) || $0 == UInt8(ascii: ",") }
      if scanner.isAtEnd { break }
      guard let clause = VersionSpecifier.scan(&scanner) else { return nil }
      _ = scanner.take(".*")
      clauses.append(clause)
    }
    self.init(clauses)
  }
}
