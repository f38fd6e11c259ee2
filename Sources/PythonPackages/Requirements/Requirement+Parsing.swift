package import Essentials

extension Requirement {
  /// The longest requirement taken, in bytes.
  private static let limit = 64 << 10

  /// The requirement that `text` spells.
  /// - Throws: where it's none, saying what was expected at which column.
  package init(parsing text: some StringProtocol) throws(Diagnostic) {
    guard text.utf8.count <= Self.limit else {
      throw Diagnostic(
        .usage, "a requirement of \(text.utf8.count) bytes is longer than the \(Self.limit) allowed")
    }
    do {
      var scanner = TextScanner(text)
      try self.init(scanning: &scanner)
    } catch {
      var refusal = error
      refusal.message = "'\(text.prefix(200))' is no requirement: \(error.message)"
      throw refusal
    }
  }

  private init(scanning scanner: inout TextScanner) throws(Diagnostic) {
    scanner.skip(while: TextScanner.isSpace)
    guard let name = Self.scanName(&scanner) else { throw scanner.refusal("a project's name") }
    self.init(name: name)
    scanner.skipBlanks()
    if scanner.take("[") { extras = try Self.scanExtras(&scanner) }
    scanner.skipBlanks()
    if scanner.take("@") {
      scanner.skipBlanks()
      let place = scanner.takeWhile { !TextScanner.isSpace($0) }
      guard !place.isEmpty else { throw scanner.refusal("a URL") }
      url = String(decoding: place, as: UTF8.self)
    } else if scanner.take("(") {
      specifiers = try Self.scanSpecifiers(&scanner)
      guard scanner.take(")") else { throw scanner.refusal("')'") }
    } else {
      specifiers = try Self.scanSpecifiers(&scanner)
    }
    scanner.skipBlanks()
    if scanner.take(";") { marker = try Marker.scan(&scanner) }
    scanner.skip(while: TextScanner.isSpace)
    guard scanner.isAtEnd else {
      throw scanner.refusal(
        marker != nil
          ? "'and', 'or' or the end of the marker"
          : specifiers.isEmpty ? "a version specifier, ';' or the end" : "',', ';' or the end")
    }
  }

  private static func scanName(_ scanner: inout TextScanner) -> ProjectName? {
    let start = scanner.position
    scanner.skip { TextScanner.isAlphanumeric($0) || TextScanner.isSeparator($0) }
    // A name ends with a letter or digit: what stands behind it belongs to what follows.
    while scanner.position > start, TextScanner.isSeparator(scanner.bytes[scanner.position - 1]) {
      scanner.position -= 1
    }
    guard let name = ProjectName(scanner.text(start..<scanner.position)) else {
      scanner.position = start
      return nil
    }
    return name
  }

  private static func scanExtras(_ scanner: inout TextScanner) throws(Diagnostic) -> [ProjectName] {
    var extras: Set<ProjectName> = []
    scanner.skipBlanks()
    if scanner.take("]") { return [] }
    while true {
      guard let extra = scanName(&scanner) else { throw scanner.refusal("the name of an extra") }
      extras.insert(extra)
      scanner.skipBlanks()
      if scanner.take("]") { return extras.sorted() }
      guard scanner.take(",") else { throw scanner.refusal("',' or ']'") }
      scanner.skipBlanks()
    }
  }

  private static func scanSpecifiers(_ scanner: inout TextScanner) throws(Diagnostic) -> VersionSpecifiers {
    var clauses: [VersionSpecifier] = []
    scanner.skipBlanks()
    while let byte = scanner.peek, "=<>!~".utf8.contains(byte) {
      let start = scanner.position
      guard let clause = VersionSpecifier.scan(&scanner) else {
        scanner.position = start
        throw scanner.refusal("a version specifier such as '>=1.2'")
      }
      clauses.append(clause)
      scanner.skipBlanks()
      guard scanner.take(",") else { break }
      scanner.skipBlanks()
    }
    return VersionSpecifiers(clauses)
  }
}
