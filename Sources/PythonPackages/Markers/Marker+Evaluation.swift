extension Marker {
  /// Whether the condition holds.
  /// - Parameters:
  ///   - environment: what is asked about.
  ///   - extra: the extra for which a project's requirements are evaluated; nil where none is.
  ///   - extras: the extras that a lockfile is installed with, which only lockfiles ask for.
  ///   - groups: the dependency groups that a lockfile is installed with.
  package func holds(
    in environment: TargetEnvironment, extra: ProjectName? = nil, extras: Set<ProjectName> = [],
    groups: Set<ProjectName> = []
  ) -> Bool {
    switch self {
    case .all(let parts):
      return parts.allSatisfy { $0.holds(in: environment, extra: extra, extras: extras, groups: groups) }
    case .any(let parts):
      return parts.contains { $0.holds(in: environment, extra: extra, extras: extras, groups: groups) }
    case .comparison(let left, let comparison, let right):
      if case .variable(let variable) = right, variable == .extras || variable == .dependencyGroups,
        case .literal(let text) = left
      {
        let set = variable == .extras ? extras : groups
        let isMember = ProjectName(text).map(set.contains) ?? false
        return comparison == .within ? isMember : comparison == .notWithin ? !isMember : false
      }
      func value(_ operand: Operand, facing other: Operand) -> (text: String, variable: Variable?) {
        switch operand {
        case .variable(.extra): return (extra?.description ?? "", .extra)
        case .variable(let variable): return (environment.value(of: variable), variable)
        case .literal(let text):
          // Names of extras are compared in their normalised form (PEP 685).
          if case .variable(.extra) = other { return (ProjectName(text)?.description ?? text, nil) }
          return (text, nil)
        }
      }
      let (a, aVariable) = value(left, facing: right)
      let (b, bVariable) = value(right, facing: left)
      let isVersion = (aVariable ?? bVariable)?.isVersion ?? false
      return comparison.holds(a, b, asVersions: isVersion)
    }
  }
}

extension Marker.Operator {
  fileprivate func holds(_ a: String, _ b: String, asVersions: Bool) -> Bool {
    if asVersions, let specifier = VersionSpecifier(rawValue + b) {
      if specifier.comparison == .identical { return a.lowercased() == specifier.text.lowercased() }
      return PythonVersion(a).map(specifier.contains) ?? false
    }
    switch self {
    case .equal, .atMost, .atLeast: return a == b
    case .unequal: return a != b
    case .within: return contains(b, a)
    case .notWithin: return !contains(b, a)
    // An order of texts that are no versions is not defined; nothing fits.
    case .below, .above, .compatible, .identical: return false
    }
  }

  private func contains(_ text: String, _ part: String) -> Bool {
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    guard part.count <= text.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
  }
}
