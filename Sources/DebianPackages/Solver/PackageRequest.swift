package import Essentials

/// What a person asks for: a relation as in Depends, or apt's `name=version` or `name/suite`.
package struct PackageRequest: Sendable, Hashable, CustomStringConvertible {
  package var group: RelationGroup
  /// The suite, codename or version of the archive that it must come from.
  package var suite: String?
  /// Where it's asked for.
  package var location: Diagnostic.Location?

  package init(_ group: RelationGroup, suite: String? = nil, at location: Diagnostic.Location? = nil) {
    self.group = group
    self.suite = suite
    self.location = location
  }

  /// The request that `text` spells.
  package init(parsing text: String) throws(Diagnostic) {
    let text = String(text.utf8.drop(while: \.isWhitespace)) ?? text
    if !text.contains("|"), !text.contains("("), !text.contains(","),
      let mark = text.firstIndex(where: { $0 == "=" || $0 == "/" })
    {
      let rest = text[text.index(after: mark)...].utf8.trimmed().text
      if text[mark] == "=" {
        group = try RelationGroup(parsing: "\(text[..<mark]) (= \(rest))")
        suite = nil
        return
      }
      guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        throw Diagnostic(.usage, "'\(text)' is no package relation: a suite is missing behind the '/'")
      }
      group = try RelationGroup(parsing: String(text[..<mark]))
      suite = rest
      return
    }
    group = try RelationGroup(parsing: text)
    suite = nil
  }

  package var description: String {
    suite.map { "\(group)/\($0)" } ?? group.description
  }
}
