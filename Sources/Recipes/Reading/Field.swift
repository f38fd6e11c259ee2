import Essentials

/// A value of the recipe and the key that it stands behind, or the element of a list there.
struct Field {
  let key: String
  let node: YAMLNode
  var isElement = false

  var location: Diagnostic.Location { node.location }

  /// An error about this value: `'KEY' must be …`.
  func wrong(_ message: String, hint: String? = nil) -> Diagnostic {
    Diagnostic(
      .usage, "\(isElement ? "an element of " : "")'\(key)' \(message)", at: location,
      hints: hint.map { [$0] } ?? [])
  }

  /// Text that isn't empty, on one line.
  ///
  /// What YAML would read as something else than text must stand in quotes.
  func text() throws(Diagnostic) -> Located<String> {
    let text = try quotedAsNeeded()
    guard !text.isEmpty else { throw wrong("is empty") }
    guard !text.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\t" || $0.value == 127 }) else {
      throw wrong("holds a line break or a control character")
    }
    return Located(text, at: location)
  }

  /// Text on one line that may be empty, as long as it's in quotes then.
  func possiblyEmptyText() throws(Diagnostic) -> String {
    if case .scalar("", isPlain: false) = node.content { return "" }
    return try text().value
  }

  /// A command for the shell: text, over several lines if one likes.
  func command() throws(Diagnostic) -> String {
    let text = try quotedAsNeeded()
    let isBlank = text.utf8.allSatisfy { $0 == 32 || $0 == 9 || $0 == 10 }
    guard !isBlank else { throw wrong("is empty", hint: "give it a command, or remove it") }
    guard !text.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\t" && $0 != "\n" }) else {
      throw wrong("holds a control character")
    }
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  private func quotedAsNeeded() throws(Diagnostic) -> String {
    guard case .scalar(let text, let isPlain) = node.content else {
      throw wrong("must be text, not \(node.kind)")
    }
    if isPlain, PlainScalar(text) != .text {
      if PlainScalar(text) == .null {
        throw wrong("has no value", hint: "give it one, or leave the key out")
      }
      throw wrong(
        "must be text, but YAML may read '\(text)' as \(node.kind)", hint: "put it in quotes: \"\(text)\"")
    }
    return text
  }

  /// `true` or `false`.
  func truth() throws(Diagnostic) -> Bool {
    if case .scalar(let text, isPlain: true) = node.content {
      switch text {
      case "true": return true
      case "false": return false
      case _ where PlainScalar(text) == .truth:
        let meant = ["yes", "on", "y", "true"].contains(text.lowercased())
        throw wrong("must be true or false, not '\(text)'", hint: "write \(meant)")
      default: break
      }
    }
    throw wrong("must be true or false, not \(node.kind)")
  }

  /// A decimal number within `range`.
  func number(in range: ClosedRange<Int>) throws(Diagnostic) -> Int {
    guard case .scalar(let text, isPlain: true) = node.content, PlainScalar(text) == .number else {
      let isQuoted =
        if case .scalar(let text, isPlain: false) = node.content { Int(text) != nil } else { false }
      throw wrong("must be a number, not \(node.kind)", hint: isQuoted ? "remove the quotes" : nil)
    }
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard digits.allSatisfy({ ("0"..."9").contains($0) }), digits == "0" || !digits.hasPrefix("0"),
      let number = Int(text), range.contains(number)
    else {
      throw wrong("must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)")
    }
    return number
  }

  /// The elements of a list, each known by this key.
  func elements() throws(Diagnostic) -> [Field] {
    guard case .list(let nodes) = node.content else {
      if case .scalar(let text, let isPlain) = node.content {
        throw isPlain && PlainScalar(text) == .null
          ? wrong("has no value", hint: "give it a list, or leave the key out")
          : wrong(
            "must be a list, not \(node.kind)", hint: "begin each element with '- ', or write [\(text)]")
      }
      throw wrong("must be a list, not \(node.kind)", hint: "begin each element with '- '")
    }
    return nodes.map { Field(key: key, node: $0, isElement: true) }
  }

  /// One of the words that are allowed here.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(Diagnostic) -> Choice where Choice.RawValue == String {
    let text = try text().value
    let words = Choice.allCases.map(\.rawValue)
    guard let choice = Choice(rawValue: text) else {
      throw wrong(
        "must be \(words.map { "'\($0)'" }.joined(separator: " or ")), not '\(text)'",
        hint: NearestName.hint(for: text, among: words))
    }
    return choice
  }

  /// Whether it's a mapping: where a short form, mere text, may stand in its place.
  var isMapping: Bool {
    if case .mapping = node.content { true } else { false }
  }

  var isList: Bool {
    if case .list = node.content { true } else { false }
  }
}
