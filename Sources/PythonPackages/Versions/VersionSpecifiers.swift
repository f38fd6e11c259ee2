/// Clauses that must all hold: `>=5.2,<6`. None at all takes every version.
package struct VersionSpecifiers: Sendable, Hashable {
  package var clauses: [VersionSpecifier]

  package init(_ clauses: [VersionSpecifier] = []) { self.clauses = clauses }

  /// The clauses that `text` spells, separated by commas, or nil where one is none.
  package init?(_ text: some StringProtocol) {
    clauses = []
    for part in text.split(separator: ",") {
      if part.utf8.allSatisfy(TextScanner.isSpace) { continue }
      guard let clause = VersionSpecifier(part) else { return nil }
      clauses.append(clause)
    }
  }

  package var isEmpty: Bool { clauses.isEmpty }

  /// Whether a clause names a pre-release, by which pre-releases are asked for.
  package var namesPreRelease: Bool { clauses.contains { $0.namesPreRelease } }

  /// Whether a clause asks for one version and no other.
  package var isPin: Bool { clauses.contains { $0.isPin } }

  /// Whether `version` fits every clause; whether it's a pre-release plays no part.
  package func contains(_ version: PythonVersion) -> Bool {
    clauses.allSatisfy { $0.contains(version) }
  }

  /// Those of `versions` that fit, as `packaging` filters: pre-releases only where a clause names one, or
  /// where nothing else fits.
  package func filter(_ versions: [PythonVersion]) -> [PythonVersion] {
    let fitting = versions.filter(contains)
    if namesPreRelease { return fitting }
    let final = fitting.filter { !$0.isPreRelease }
    return final.isEmpty ? fitting : final
  }
}

extension VersionSpecifiers: CustomStringConvertible {
  package var description: String { clauses.map(\.description).joined(separator: ",") }
}
