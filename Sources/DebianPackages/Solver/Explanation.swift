import Essentials

/// Says of each package of a solution why it's there.
struct Explanation {
  private let index: PackageIndex
  private let installed: Set<PackageEntry.ID>
  private let followsRecommends: (PackageEntry.ID) -> Bool
  private let goals: [Goal]

  init(
    _ index: PackageIndex, _ goals: [Goal], installed: [PackageEntry.ID],
    followsRecommends: @escaping (PackageEntry.ID) -> Bool
  ) {
    self.index = index
    self.goals = goals
    self.installed = Set(installed)
    self.followsRecommends = followsRecommends
  }

  private struct Why {
    var reason: Solution.Reason
    var clause: Clause?
  }

  /// The packages in alphabetical order, each with the nearest reason: a request before the variant, and
  /// what is needed before what is recommended.
  func choices() throws(Diagnostic) -> [Solution.Choice] {
    var why: [PackageEntry.ID: Why] = [:]
    var reached: [PackageEntry.ID] = []
    func reach(_ entry: PackageEntry.ID, _ reason: Why) {
      guard installed.contains(entry), why[entry] == nil else { return }
      why[entry] = reason
      reached.append(entry)
    }
    for goal in goals.filter(\.isRequest) + goals.filter({ !$0.isRequest }) {
      for entry in targets(of: goal.clause).prefix(goal.isRequest ? 1 : .max) {
        reach(entry, Why(reason: goal.reason, clause: goal.isRequest ? goal.clause : nil))
      }
    }
    // Needs first and to the end, then wishes with all that they need, then what only suggestions held.
    for kinds in [[Clause.Kind.preDepends, .depends], [.recommends], [.suggests]] {
      var next = 0
      while next < reached.count {
        let entry = reached[next]
        next += 1
        guard let name = PackageName(index.names[index.entries[Int(entry)].name]) else { continue }
        for clause in try index.clauses(entry) {
          guard !clause.kind.isNegative, kinds.contains(clause.kind) || clause.kind.isCritical else {
            continue
          }
          if clause.kind == .recommends, !followsRecommends(entry) { continue }
          for target in targets(of: clause) {
            reach(target, Why(reason: .init(clause.kind, of: name), clause: clause))
          }
        }
      }
    }
    var choices: [Solution.Choice] = []
    for entry in installed {
      let why = why[entry]
      choices.append(
        Solution.Choice(
          package: try index.package(entry), because: why?.reason ?? .variant,
          alternative: alternative(why?.clause, entry)))
    }
    return choices.sorted { $0.package.name < $1.package.name }
  }

  private func targets(of clause: Clause) -> [PackageEntry.ID] {
    var found: [PackageEntry.ID] = []
    for dependency in clause.alternatives {
      index.forEachTarget(of: dependency) { entry in
        if installed.contains(entry), !found.contains(entry) { found.append(entry) }
        return true
      }
    }
    return found
  }

  private func alternative(_ clause: Clause?, _ entry: PackageEntry.ID) -> RelationGroup? {
    guard let clause else { return nil }
    let isPlain =
      clause.alternatives.count == 1 && clause.alternatives[0].target == index.entries[Int(entry)].name
    return isPlain ? nil : RelationGroup(clause.alternatives.compactMap { index.relation($0) })
  }
}

extension PackageIndex {
  /// A dependency as a person writes it; nil where its name can't be told.
  func relation(_ dependency: Dependency) -> Relation? {
    guard dependency.target >= 0 else { return nil }
    let words = names[dependency.target].split(separator: ":", maxSplits: 1)
    guard let first = words.first, let name = PackageName(first) else { return nil }
    let constraint = dependency.comparison.flatMap { comparison in
      DebianVersion(dependency.version.text).map { Relation.Constraint(comparison, $0) }
    }
    return Relation(name, qualifier: words.count > 1 ? String(words[1]) : nil, constraint: constraint)
  }
}

extension Goal {
  var isRequest: Bool {
    if case .request = source { true } else { false }
  }

  var reason: Solution.Reason {
    switch source {
    case .request: .requested
    case .essential: .essential
    case .variant: .variant
    }
  }
}

extension Solution.Reason {
  init(_ kind: Clause.Kind, of name: PackageName) {
    self =
      switch kind {
      case .preDepends: .preDepends(of: name)
      case .recommends: .recommends(of: name)
      case .suggests: .suggests(of: name)
      default: .depends(of: name)
      }
  }
}
