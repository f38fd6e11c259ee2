package import Essentials

/// Alternatives of which one is enough: `default-mta | mail-transport-agent`.
package struct RelationGroup: Hashable, Sendable, CustomStringConvertible {
  /// In order of preference; never empty.
  package let alternatives: [Relation]

  /// The group of one relation.
  package init(_ relation: Relation) { alternatives = [relation] }

  /// The group of `alternatives`, or nil where there are none.
  package init?(_ alternatives: [Relation]) {
    if alternatives.isEmpty { return nil }
    self.alternatives = alternatives
  }

  /// The group that `text` spells: one or more relations with `|` between them.
  package init(parsing text: String) throws(Diagnostic) {
    let groups = try Self.list(parsing: text)
    guard groups.count == 1, let group = groups.first else {
      let fault = groups.isEmpty ? "it is empty" : "a comma separates what must stand on its own"
      throw Diagnostic(.usage, "'\(text)' is no package relation: \(fault)")
    }
    self = group
  }

  /// The groups of a field such as Depends: separated by commas, all of them needed.
  ///
  /// An empty text is an empty list, and an empty place between commas is passed over, as dpkg does.
  package static func list(parsing text: String) throws(Diagnostic) -> [RelationGroup] {
    var text = text
    let outcome = text.withUTF8 { bytes in
      Result<[RelationGroup], Diagnostic> { () throws(Diagnostic) in try list(parsing: bytes[...]) }
    }
    return try outcome.get()
  }

  /// The same from bytes.
  static func list(parsing bytes: Bytes) throws(Diagnostic) -> [RelationGroup] {
    var groups: [RelationGroup] = []
    var alternatives: [Relation] = []
    var scanner = RelationScanner(bytes)
    do throws(RelationScanner.Fault) {
      while let scanned = try scanner.next() {
        alternatives.append(try scanned.relation())
        if scanned.endsGroup {
          groups += RelationGroup(alternatives).map { [$0] } ?? []
          alternatives = []
        }
      }
    } catch {
      throw Diagnostic(
        .usage, "'\(bytes.trimmed().text)' is no package relation: \(error.text)",
        hints: ["write a name, or a name and a version as in 'nginx (>= 1.22)'"])
    }
    return groups
  }

  package var description: String { alternatives.map(\.description).joined(separator: " | ") }
}
