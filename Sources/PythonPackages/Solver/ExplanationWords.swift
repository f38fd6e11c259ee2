import Essentials

/// Names sets of versions and facts as people do.
struct ExplanationWords {
  private let solver: PythonSolver

  init(_ solver: PythonSolver) { self.solver = solver }

  /// A derived incompatibility as a statement.
  func text(of incompatibility: Incompatibility) -> String {
    let parts = incompatibility.parts.filter { $0.node != 0 }
    let positive = parts.filter(\.term.isPositive).map { text(of: $0) }
    let negative = parts.filter { !$0.term.isPositive }.map { text(of: $0) }
    switch (positive.count, negative.count) {
    case (0, 0): return "the requirements have no solution"
    case (0, _): return "the request needs " + negative.joined(separator: " or ")
    case (1, 0): return positive[0] + " cannot be used"
    case (_, 0): return positive.joined(separator: " and ") + " cannot be used together"
    default:
      return positive.joined(separator: " together with ") + " needs " + negative.joined(separator: " or ")
    }
  }

  /// A fact as a statement.
  func text(of incompatibility: Incompatibility, fact: Fact) -> String {
    let subject = incompatibility.parts.first.map { text(of: $0) } ?? "the request"
    let isRequest = incompatibility.parts.first?.node == 0
    func asks(_ asked: RequestedRequirement) -> String {
      let requirement = shown(asked.requirement)
      guard isRequest else { return "\(subject) depends on \(requirement)" }
      return "\(asked.origin.map { "\($0)" } ?? "the request") asks for \(requirement)"
    }
    switch fact {
    case .request: return "the request must be met"
    case .dependency(let asked): return asks(asked)
    case .missing(let asked): return asks(asked) + ", and the index has no project of that name"
    case .unmatched(let asked): return asks(asked) + ", and no version matches that"
    case .extra:
      return text(of: incompatibility)
    case .constraint(let asked):
      return "\(asked.origin.map { "\($0)" } ?? "a constraint") allows only \(shown(asked.requirement))"
    case .unusable(let reason): return subject + " " + text(of: reason)
    }
  }

  private func text(of reason: Unusable) -> String {
    let target = solver.preferences.environment
    switch reason {
    case .sourceOnly: return "has no wheel, only source distributions"
    case .otherTargets:
      return "has no wheel for CPython \(target.series) on \(target.architecture.machine) with glibc "
        + "\(target.glibc.major).\(target.glibc.minor)"
    case .requiresPython(let specifiers):
      return "needs Python \(specifiers), and the target has \(target.python)"
    case .yanked(let why): return "was withdrawn" + (why.isEmpty ? "" : " (\(why))")
    case .otherHashes: return "has no wheel with one of the digests that the request allows"
    case .metadata(let what): return "cannot be used, since \(what)"
    }
  }

  /// Markers are left out: only what applies is ever asked for.
  private func shown(_ requirement: Requirement) -> String {
    var copy = requirement
    copy.marker = nil
    return copy.description
  }

  /// A node with a set of its versions, as ranges between versions that exist.
  private func text(of part: Incompatibility.Part) -> String {
    guard let project = solver.nodes[part.node].project else { return "the request" }
    let candidates = solver.projects[project]
    let extra = solver.nodes[part.node].extra.map { "[\($0)]" } ?? ""
    let name = candidates.name.description + extra
    let set =
      switch part.term {
      case .within(let set), .outside(let set): set
      }
    if set.isAll { return part.term.isPositive && set.universe > 1 ? "every version of \(name)" : name }
    let runs = runs(of: set.members)
    let last = candidates.versions.count - 1
    let texts = runs.prefix(3).map { run in
      let (low, high) = (candidates.versions[run.lowerBound], candidates.versions[run.upperBound])
      if run.count == 1 { return "\(name)==\(low)" }
      if run.lowerBound == 0 { return "\(name)<=\(high)" }
      return run.upperBound == last ? "\(name)>=\(low)" : "\(name)>=\(low),<=\(high)"
    }
    let more = runs.count > 3 ? " or \(runs.count - 3) more ranges" : ""
    return texts.joined(separator: " or ") + more
  }

  private func runs(of members: [Int]) -> [ClosedRange<Int>] {
    var runs: [ClosedRange<Int>] = []
    for member in members {
      if let run = runs.last, run.upperBound + 1 == member {
        runs[runs.count - 1] = run.lowerBound...member
      } else {
        runs.append(member...member)
      }
    }
    return runs
  }
}

// MARK: Headline and hints

extension ExplanationWords {
  func headline(_ facts: [Incompatibility]) -> String {
    for incompatibility in facts where incompatibility.parts.allSatisfy({ $0.node == 0 }) {
      switch incompatibility.cause {
      case .fact(.missing(let asked)): return "the index has no project '\(asked.requirement.name)'"
      case .fact(.unmatched(let asked)): return "no version of \(shown(asked.requirement)) exists"
      default: continue
      }
    }
    return "the Python requirements have no solution"
  }

  /// The place of the one request that can't be met by itself.
  func location(_ facts: [Incompatibility]) -> Diagnostic.Location? {
    for incompatibility in facts {
      switch incompatibility.cause {
      case .fact(.missing(let asked)), .fact(.unmatched(let asked)):
        if let origin = asked.origin { return origin.location }
      default: continue
      }
    }
    return nil
  }

  func hints(_ facts: [Incompatibility]) -> [String] {
    var hints: [String] = []
    func add(_ hint: String) {
      if !hints.contains(hint), hints.count < 5 { hints.append(hint) }
    }
    for incompatibility in facts {
      guard case .fact(let fact) = incompatibility.cause else { continue }
      let name = incompatibility.parts.first.flatMap { solver.nodes[$0.node].project }.map {
        solver.projects[$0].name.description
      }
      switch fact {
      case .missing(let asked):
        add("check the spelling of '\(asked.requirement.name)', or set pip up with the index that has it")
      case .unmatched(let asked):
        if let newest = newest(asked.requirement.name) {
          add("the newest version of '\(asked.requirement.name)' is \(newest)")
        }
      case .unusable(.sourceOnly), .unusable(.otherTargets):
        add("only wheels are taken: allow a version of '\(name ?? "")' that has one for the target")
        if solver.preferences.built != nil, incompatibility.parts.first.map(hasSource) == true {
          add(
            "or name '\(name ?? "")' in the recipe under 'build' of 'python', to have it built from its source"
          )
        }
      case .unusable(.requiresPython):
        add(
          "the image's Python is \(solver.preferences.environment.python): allow an older version of "
            + "'\(name ?? "")', or choose a suite with a newer Python")
      case .unusable(.yanked):
        add("a withdrawn version is taken only where it's pinned exactly, as in '\(name ?? "")==VERSION'")
      default: continue
      }
    }
    return hints
  }

  /// Whether one of the versions could be built.
  private func hasSource(_ part: Incompatibility.Part) -> Bool {
    guard let project = solver.nodes[part.node].project, case .within(let set) = part.term else {
      return false
    }
    let candidates = solver.projects[project]
    let versions = Set(set.members.map { candidates.versions[$0] })
    return candidates.page.files.contains { $0.isSource && versions.contains($0.version) }
  }

  private func newest(_ name: ProjectName) -> PythonVersion? {
    solver.projects.first { $0.name == name }?.versions.last
  }
}
