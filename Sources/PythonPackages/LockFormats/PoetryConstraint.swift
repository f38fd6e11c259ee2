/// Poetry's own way to write which Pythons something is for.
///
/// Source: Poetry's documentation, "Dependency specification": the specifiers of PEP 440, and `^`, `~`, `*` and `||`.
enum PoetryConstraint {
  /// The specifiers of which one must hold, or nil where `text` isn't understood.
  static func alternatives(_ text: String) -> [VersionSpecifiers]? {
    guard text.utf8.count <= 4096 else { return nil }
    var alternatives: [VersionSpecifiers] = []
    for part in text.replacing("||", with: "|").split(separator: "|", omittingEmptySubsequences: false) {
      var clauses: [VersionSpecifier] = []
      for clause in part.split(whereSeparator: { $0 == "," }) {
        let clause = clause.filter { $0 != " " }
        if clause == "*" || clause.isEmpty { continue }
        guard let specifiers = specifiers(clause) else { return nil }
        clauses += specifiers.clauses
      }
      alternatives.append(VersionSpecifiers(clauses))
    }
    return alternatives
  }

  private static func specifiers(_ clause: String) -> VersionSpecifiers? {
    guard let first = clause.first, first == "^" || (first == "~" && !clause.hasPrefix("~=")) else {
      if let specifiers = VersionSpecifiers(clause) { return specifiers }
      // A version by itself is that version.
      return VersionSpecifiers("==" + clause)
    }
    guard let version = PythonVersion(clause.dropFirst()) else { return nil }
    // `^` keeps the first part that isn't zero; `~` keeps the first two, or the only one.
    let kept =
      first == "^"
      ? version.release.firstIndex { $0 != 0 } ?? version.release.count - 1
      : min(1, version.release.count - 1)
    var end = Array(version.release[...kept])
    guard end[kept] < UInt64.max else { return nil }
    end[kept] += 1
    return VersionSpecifiers(">=\(version),<\(end.map { String($0) }.joined(separator: "."))")
  }
}
