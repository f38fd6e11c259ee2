/// Walks through the relations of a field without copying anything.
///
/// Syntax: deb-control(5), deb-src-control(5) for the brackets. Build profiles (`<!nocheck>`) stand in
/// source packages only and are refused.
struct RelationScanner {
  /// What's wrong, to be put behind the text that it's wrong with.
  struct Fault: Error, Equatable {
    var text: String
  }

  /// A relation as slices of the field.
  struct Scanned {
    var name: Bytes
    var qualifier: Bytes?
    var comparison: Relation.Comparison?
    /// Meaningful where there is a comparison.
    var version: Bytes
    var restrictions: Bytes?
    /// Whether no further alternative follows.
    var endsGroup: Bool
  }

  private var rest: Bytes
  private var isInsideGroup = false

  init(_ bytes: Bytes) { rest = bytes }

  /// The next relation, or nil at the end.
  mutating func next() throws(Fault) -> Scanned? {
    skipWhitespace()
    while !isInsideGroup, rest.first == UInt8(ascii: ",") {
      rest = rest.dropFirst()
      skipWhitespace()
    }
    guard !rest.isEmpty else {
      if isInsideGroup { throw Fault(text: "nothing follows the '|'") }
      return nil
    }
    let name = word()
    guard !name.isEmpty else { throw unexpected("a package's name") }
    var scanned = Scanned(name: name, version: name.prefix(0), endsGroup: true)
    if take(UInt8(ascii: ":")) {
      let qualifier = word()
      guard !qualifier.isEmpty else { throw unexpected("an architecture behind the colon") }
      scanned.qualifier = qualifier
    }
    skipWhitespace()
    if take(UInt8(ascii: "(")) {
      skipWhitespace()
      scanned.comparison = try comparison()
      skipWhitespace()
      scanned.version = try through(UInt8(ascii: ")")).trimmed()
      guard !scanned.version.isEmpty else { throw Fault(text: "a version is missing before the ')'") }
      skipWhitespace()
    }
    if take(UInt8(ascii: "[")) {
      scanned.restrictions = try through(UInt8(ascii: "]"))
      skipWhitespace()
    }
    if take(UInt8(ascii: "|")) {
      scanned.endsGroup = false
    } else if !rest.isEmpty, !take(UInt8(ascii: ",")) {
      throw unexpected("a comma or '|'")
    }
    isInsideGroup = !scanned.endsGroup
    return scanned
  }

  private mutating func comparison() throws(Fault) -> Relation.Comparison {
    guard let first = rest.popFirst() else { throw unexpected("a comparison") }
    let second = rest.first
    switch (first, second) {
    case (UInt8(ascii: "="), _): return .exactly
    case (UInt8(ascii: ">"), UInt8(ascii: ">")): rest = rest.dropFirst(); return .later
    case (UInt8(ascii: "<"), UInt8(ascii: "<")): rest = rest.dropFirst(); return .earlier
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): rest = rest.dropFirst(); return .atLeast
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): rest = rest.dropFirst(); return .atMost
    // The old spellings mean "or equal", in dpkg and in apt.
    case (UInt8(ascii: ">"), _): return .atLeast
    case (UInt8(ascii: "<"), _): return .atMost
    default: throw Fault(text: "one of << <= = >= >> must follow the '('")
    }
  }

  private mutating func word() -> Bytes {
    let start = rest.startIndex
    var end = start
    while end < rest.endIndex, !rest[end].isWhitespace, !Self.separators.contains(rest[end]) { end += 1 }
    let word = rest[start..<end]
    rest = rest[end...]
    return word
  }

  private static let separators = Set(":,|()[]<>".utf8)

  private mutating func through(_ closing: UInt8) throws(Fault) -> Bytes {
    guard let end = rest.firstIndex(of: closing) else {
      throw Fault(text: "a '\(Character(Unicode.Scalar(closing)))' is missing")
    }
    let content = rest[..<end]
    rest = rest[(end + 1)...]
    return content
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func skipWhitespace() {
    while let byte = rest.first, byte.isWhitespace { rest = rest.dropFirst() }
  }

  private func unexpected(_ wanted: String) -> Fault {
    guard !rest.isEmpty else { return Fault(text: "\(wanted) is missing at its end") }
    return Fault(text: "\(wanted) must stand before '\(rest.prefix(20).text)'")
  }
}

extension RelationScanner.Scanned {
  /// The relation as a value, its parts checked.
  func relation() throws(RelationScanner.Fault) -> Relation {
    guard let name = PackageName(name) else {
      throw .init(text: "'\(self.name.text)' cannot be a package's name")
    }
    var constraint: Relation.Constraint?
    if let comparison {
      if let fault = VersionParts.fault(in: Array(version)) {
        throw .init(text: "in version '\(version.text)', \(fault)")
      }
      constraint = DebianVersion(version.text).map { Relation.Constraint(comparison, $0) }
    }
    var list: [Relation.Restriction] = []
    for word in restrictions?.split(whereSeparator: \.isWhitespace) ?? [] {
      let isNegated = word.first == UInt8(ascii: "!")
      let architecture = isNegated ? word.dropFirst() : word
      guard PackageName(architecture) != nil else {
        throw .init(text: "'\(word.text)' names no architecture")
      }
      list.append(.init(isNegated: isNegated, architecture: architecture.text))
    }
    if restrictions != nil, list.isEmpty { throw .init(text: "no architecture stands between the brackets") }
    return Relation(
      name, qualifier: qualifier?.text, constraint: constraint, restrictions: list)
  }
}
