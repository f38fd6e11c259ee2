import Essentials

/// Why requests can't be met, as a chain of reasons that a person can follow from a request to the conflict.
struct Refusal {
  private var formula: Formula
  private let goals: [Goal]
  private let index: PackageIndex
  private var reasons: [Int]

  /// Reducing more reasons than this would take longer than a person waits.
  private static let mostReduced = 400
  private static let mostLines = 24

  init(_ formula: Formula, _ goals: [Goal], core: [Int]) {
    self.formula = formula
    self.goals = goals
    index = formula.index
    reasons = core
    reduce()
  }

  // Leaves out every reason without which the rest is impossible still.
  private mutating func reduce() {
    guard reasons.count <= Self.mostReduced else { return }
    for reason in reasons.reversed() {
      let rest = reasons.filter { $0 != reason }
      var search = Search(formula)
      if case .impossible(let core) = search.run(only: rest) {
        reasons = rest.filter(Set(core).contains)
        if reasons.count < 2 { return }
      }
    }
  }

  var diagnostic: Diagnostic {
    let origins = ordered()
    let requests = origins.compactMap { origin in
      if case .request(let number) = origin { goals[number].text } else { nil }
    }
    let names = requests.map { "'\($0)'" }
    let message =
      names.count > 1
      ? "\(names.dropLast().joined(separator: ", ")) and \(names.last ?? "") cannot be installed together"
      : "\(names.first ?? "what is requested") cannot be installed"
    var lines = origins.map { "  " + line($0) }
    if lines.count > Self.mostLines {
      lines = lines.prefix(Self.mostLines) + ["  and \(lines.count - Self.mostLines) more reasons"]
    }
    return Diagnostic(
      .noSolution, message, notes: [lines.joined(separator: "\n")],
      hints: ["leave one of them out, or ask for another version or alternative"])
  }

  // From the requests outwards, each line about a package that a line before has named.
  private func ordered() -> [Formula.Origin] {
    var open = reasons.map { formula.disjunctions[$0] }
    var ordered: [Formula.Origin] = []
    var named: Set<PackageEntry.ID> = []
    while !open.isEmpty {
      let next =
        open.firstIndex { disjunction in
          switch disjunction.origin {
          case .request: true
          case .needs(let owner, _): named.contains(owner)
          default: false
          }
        } ?? 0
      let disjunction = open.remove(at: next)
      for literal in disjunction.literals { named.insert(formula.entries[literal.variable]) }
      ordered.append(disjunction.origin)
    }
    return ordered
  }

  private func line(_ origin: Formula.Origin) -> String {
    switch origin {
    case .request(let number):
      switch goals[number].source {
      case .request: return "\(goals[number].text) is requested"
      case .essential: return "\(goals[number].text) is essential"
      case .variant: return "\(goals[number].text) is required by the variant"
      }
    case .needs(let owner, let clause):
      let relation = text(owner, clause)
      let verb = kind(owner, clause) == .preDepends ? "pre-depends" : "depends"
      let isOffered = formula.disjunctions.contains { $0.origin == origin && $0.literals.count > 1 }
      return "\(label(owner)) \(verb) on \(relation)" + (isOffered ? "" : ", which no archive offers")
    case .forbids(let owner, let clause, let other):
      let verb = kind(owner, clause) == .breaks ? "breaks" : "conflicts with"
      let relation = text(owner, clause)
      let isNamed = relation == index.names[index.entries[Int(other)].name]
      return "\(label(owner)) \(verb) \(relation)" + (isNamed ? "" : ", which is met by \(label(other))")
    case .oneVersion(let first, let second):
      return "\(label(first)) and \(index.versionText(second).text) cannot both be installed"
    case .learned: return ""
    }
  }

  private func label(_ entry: PackageEntry.ID) -> String {
    "\(index.names[index.entries[Int(entry)].name]) \(index.versionText(entry).text)"
  }

  private func kind(_ owner: PackageEntry.ID, _ clause: Int) -> Clause.Kind {
    ((try? index.clauses(owner)) ?? [])[clause].kind
  }

  private func text(_ owner: PackageEntry.ID, _ clause: Int) -> String {
    // The formula was built from the same clauses, so they can be read.
    let clauses = (try? index.clauses(owner)) ?? []
    return clauses[clause].alternatives.compactMap { index.relation($0)?.description }.joined(
      separator: " | ")
  }
}
