package import Essentials

/// One package asked for by another, or by a recipe: `nginx-light (>= 1.22)`, `python3:any`.
///
/// The syntax is that of deb-control(5) and deb-src-control(5): a name, an architecture qualifier, a version
/// restriction and an architecture restriction.
package struct Relation: Hashable, Sendable, CustomStringConvertible {
  /// How a version must compare to the one that is named.
  package enum Comparison: String, Hashable, Sendable, CaseIterable {
    case earlier = "<<"
    case atMost = "<="
    case exactly = "="
    case atLeast = ">="
    case later = ">>"

    /// Whether a version that compares as `order` to the named one (negative: lower) fits.
    package func admits(_ order: Int) -> Bool {
      switch self {
      case .earlier: order < 0
      case .atMost: order <= 0
      case .exactly: order == 0
      case .atLeast: order >= 0
      case .later: order > 0
      }
    }
  }

  /// Which versions fit: those that compare to `version` as `comparison` says.
  package struct Constraint: Hashable, Sendable, CustomStringConvertible {
    package var comparison: Comparison
    package var version: DebianVersion

    package init(_ comparison: Comparison, _ version: DebianVersion) {
      self.comparison = comparison
      self.version = version
    }

    package func admits(_ candidate: DebianVersion) -> Bool {
      comparison.admits(candidate.compare(version))
    }

    package var description: String { "\(comparison.rawValue) \(version)" }
  }

  /// `amd64` or `!amd64` between brackets: where the relation counts.
  package struct Restriction: Hashable, Sendable, CustomStringConvertible {
    package var isNegated: Bool
    package var architecture: String

    package var description: String { (isNegated ? "!" : "") + architecture }
  }

  package var name: PackageName
  /// Behind a colon: `any`, `native`, or an architecture's name.
  package var qualifier: String?
  package var constraint: Constraint?
  /// Empty where the relation counts everywhere.
  package var restrictions: [Restriction]

  package init(
    _ name: PackageName, qualifier: String? = nil, constraint: Constraint? = nil,
    restrictions: [Restriction] = []
  ) {
    self.name = name
    self.qualifier = qualifier
    self.constraint = constraint
    self.restrictions = restrictions
  }

  /// The relation that `text` spells.
  package init(parsing text: String) throws(Diagnostic) {
    let group = try RelationGroup(parsing: text)
    guard group.alternatives.count == 1, let relation = group.alternatives.first else {
      throw Diagnostic(.usage, "'\(text)' is no single relation: it names alternatives")
    }
    self = relation
  }

  /// Whether the relation counts on `architecture`, by what stands between its brackets.
  package func counts(on architecture: Architecture) -> Bool {
    guard !restrictions.isEmpty else { return true }
    let isNamed = restrictions.contains { Self.covers($0.architecture, architecture) }
    return restrictions.contains(where: \.isNegated) ? !isNamed : isNamed
  }

  package var description: String {
    var text = name.text
    if let qualifier { text += ":" + qualifier }
    if let constraint { text += " (\(constraint))" }
    if !restrictions.isEmpty { text += " [" + restrictions.map(\.description).joined(separator: " ") + "]" }
    return text
  }

  // The wildcards of Policy 11.1 that a Linux architecture can match.
  private static func covers(_ pattern: String, _ architecture: Architecture) -> Bool {
    pattern == architecture.debian || pattern == "any" || pattern == "linux-any"
      || pattern == "any-" + architecture.debian
  }
}
