package import Essentials

extension Marker {
  /// The condition that `text` spells.
  /// - Throws: where it's none, with the column at which it stops being one.
  package init(parsing text: some StringProtocol) throws(Diagnostic) {
    var scanner = TextScanner(text)
    self = try Self.scan(&scanner)
    guard scanner.isAtEnd else { throw scanner.refusal("'and', 'or' or the end of the marker") }
  }

  /// Deeper nesting than this is refused rather than followed.
  private static let depthLimit = 64

  /// Reads a condition as far as it goes, white space behind it included.
  static func scan(_ scanner: inout TextScanner, depth: Int = 0) throws(Diagnostic) -> Marker {
    guard depth < depthLimit else { throw scanner.refusal("at most \(depthLimit) nested parentheses") }
    // `and` binds more tightly than `or`.
    var alternatives: [Marker] = []
    var together = [try scanAtom(&scanner, depth: depth)]
    // Flat, as it's written back: what is joined by `and` alone needs no parentheses.
    func joined() -> Marker {
      guard together.count > 1 else { return together[0] }
      return .all(together.flatMap { if case .all(let parts) = $0 { parts } else { [$0] } })
    }
    while true {
      if scanner.takeWord("and") {
        together.append(try scanAtom(&scanner, depth: depth))
      } else if scanner.takeWord("or") {
        alternatives.append(joined())
        together = [try scanAtom(&scanner, depth: depth)]
      } else {
        alternatives.append(joined())
        return alternatives.count == 1 ? alternatives[0] : .any(alternatives)
      }
    }
  }

  private static func scanAtom(_ scanner: inout TextScanner, depth: Int) throws(Diagnostic) -> Marker {
    scanner.skipBlanks()
    defer { scanner.skipBlanks() }
    if scanner.take("(") {
      let inner = try scan(&scanner, depth: depth + 1)
      guard scanner.take(")") else { throw scanner.refusal("')'") }
      return inner
    }
    let left = try scanOperand(&scanner)
    scanner.skipBlanks()
    let comparison = try scanOperator(&scanner)
    scanner.skipBlanks()
    let right = try scanOperand(&scanner)
    switch (left, right) {
    case (.literal, .literal), (.variable, .variable):
      throw scanner.refusal("a comparison of one variable with one quoted text")
    case (.variable(.extras), _), (.variable(.dependencyGroups), _):
      throw scanner.refusal("the form '\"name\" in extras'")
    default:
      return .comparison(left, comparison, right)
    }
  }

  private static func scanOperand(_ scanner: inout TextScanner) throws(Diagnostic) -> Operand {
    if let quote = scanner.peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
      let start = scanner.position
      scanner.advance()
      let text = scanner.takeWhile { $0 != quote }
      guard scanner.peek == quote else {
        scanner.position = start
        throw scanner.refusal("a closing quote")
      }
      scanner.advance()
      return .literal(String(decoding: text, as: UTF8.self))
    }
    let start = scanner.position
    let name = String(
      decoding: scanner.takeWhile { TextScanner.isWord($0) || $0 == UInt8(ascii: ".") }, as: UTF8.self)
    if let variable = Variable(rawValue: name) ?? olderNames[name] { return .variable(variable) }
    scanner.position = start
    throw scanner.refusal("a marker variable or quoted text")
  }

  /// Names of PEP 345 and of setuptools, still found in metadata.
  private static let olderNames: [String: Variable] = [
    "os.name": .osName, "sys.platform": .sysPlatform, "platform.version": .platformVersion,
    "platform.machine": .platformMachine, "platform.python_implementation": .pythonImplementation,
    "python_implementation": .pythonImplementation,
  ]

  private static func scanOperator(_ scanner: inout TextScanner) throws(Diagnostic) -> Operator {
    if scanner.takeWord("in") { return .within }
    let start = scanner
    if scanner.takeWord("not") {
      scanner.skipBlanks()
      if scanner.takeWord("in") { return .notWithin }
      scanner = start
    }
    for comparison in Operator.allCases where scanner.peek.map(TextScanner.isLetter) == false {
      if scanner.take(comparison.rawValue) { return comparison }
    }
    throw scanner.refusal("a comparison such as '==', '<' or 'in'")
  }
}

extension TextScanner {
  /// The diagnostic of a text that goes on otherwise than its grammar has it.
  func refusal(_ expected: String) -> Diagnostic {
    let found = isAtEnd ? "the end" : "'\(text(position..<min(bytes.count, position + 20)))'"
    return Diagnostic(.usage, "expected \(expected) at column \(position + 1), found \(found)")
  }
}
