/// Searches for an assignment that satisfies a formula, in the order of preference that the formula gives.
///
/// Conflict-driven clause learning (Marques-Silva and Sakallah, GRASP, 1996; watched literals after Chaff,
/// 2001). What it decides is always the best that is left for the first need that isn't met, so that the
/// first solution it comes to is the preferred one but for what conflicts forbid; what nobody needs is never
/// installed.
struct Search {
  typealias Literal = Formula.Literal

  enum Outcome {
    /// The variables that are true.
    case found([Int])
    /// The disjunctions of the formula that have no solution together.
    case impossible([Int])
  }

  let formula: Formula
  var disjunctions: [[Literal]]
  /// For a learned disjunction: those that it follows from.
  var antecedents: [Int: [Int]] = [:]
  /// By literal: the disjunctions that watch it.
  var watches: [[Int]]
  /// By variable: 0 where it's open, 1 true, -1 false.
  var values: [Int8]
  var levels: [Int32]
  var reasons: [Int]
  var trail: [Literal] = []
  var levelStarts: [Int] = []
  var propagated = 0

  init(_ formula: Formula) {
    self.formula = formula
    disjunctions = formula.disjunctions.map(\.literals)
    watches = Array(repeating: [], count: formula.entries.count * 2)
    values = Array(repeating: 0, count: formula.entries.count)
    levels = Array(repeating: 0, count: formula.entries.count)
    reasons = Array(repeating: -1, count: formula.entries.count)
  }

  /// The solution, or why there is none.
  /// - Parameter active: the disjunctions that count; all where nil.
  mutating func run(only active: [Int]? = nil) -> Outcome {
    let active = active ?? Array(disjunctions.indices)
    for number in active {
      let literals = disjunctions[number]
      switch literals.count {
      case 0: return .impossible([number])
      case 1:
        if value(literals[0]) < 0 { return .impossible(core(from: number)) }
        if value(literals[0]) == 0 { assign(literals[0], reason: number) }
      default: watch(number)
      }
    }
    let isActive = Set(active)
    while true {
      if let conflict = propagate() {
        if levelStarts.isEmpty { return .impossible(core(from: conflict)) }
        learn(from: conflict)
      } else if let decision = nextDecision(isActive) {
        levelStarts.append(trail.count)
        assign(decision, reason: -1)
      } else {
        return .found(values.indices.filter { values[$0] > 0 })
      }
    }
  }

  func value(_ literal: Literal) -> Int8 {
    literal.isPositive ? values[literal.variable] : -values[literal.variable]
  }

  mutating func assign(_ literal: Literal, reason: Int) {
    values[literal.variable] = literal.isPositive ? 1 : -1
    levels[literal.variable] = Int32(levelStarts.count)
    reasons[literal.variable] = reason
    trail.append(literal)
  }

  private mutating func watch(_ number: Int) {
    watches[Int(disjunctions[number][0].code)].append(number)
    watches[Int(disjunctions[number][1].code)].append(number)
  }

  /// Draws all conclusions.
  /// - Returns: a disjunction that has become false, or nil.
  private mutating func propagate() -> Int? {
    while propagated < trail.count {
      let falsified = trail[propagated].negated
      propagated += 1
      let watching = watches[Int(falsified.code)]
      var kept: [Int] = []
      kept.reserveCapacity(watching.count)
      for (position, number) in watching.enumerated() {
        if disjunctions[number][0] == falsified { disjunctions[number].swapAt(0, 1) }
        let first = disjunctions[number][0]
        if value(first) > 0 {
          kept.append(number)
          continue
        }
        if let other = disjunctions[number].indices.dropFirst(2).first(where: {
          value(disjunctions[number][$0]) >= 0
        }) {
          disjunctions[number].swapAt(1, other)
          watches[Int(disjunctions[number][1].code)].append(number)
          continue
        }
        kept.append(number)
        if value(first) < 0 {
          kept.append(contentsOf: watching[(position + 1)...])
          watches[Int(falsified.code)] = kept
          return number
        }
        assign(first, reason: number)
      }
      watches[Int(falsified.code)] = kept
    }
    return nil
  }

  // The best open choice for the first need that isn't met: of the requests, then of what is installed, in
  // the order in which it came in; and when all needs are met, for the first wish.
  private func nextDecision(_ isActive: Set<Int>) -> Literal? {
    for number in formula.requests where isActive.contains(number) {
      if let choice = choice(formula.disjunctions[number].literals[...]) { return choice }
    }
    for literal in trail where literal.isPositive {
      for number in formula.needs[literal.variable] where isActive.contains(number) {
        if let choice = choice(formula.disjunctions[number].literals.dropFirst()) { return choice }
      }
    }
    for literal in trail where literal.isPositive {
      for wish in formula.wishes[literal.variable] {
        if let choice = choice(wish[...]) { return choice }
      }
    }
    return nil
  }

  private func choice(_ literals: ArraySlice<Literal>) -> Literal? {
    if literals.contains(where: { value($0) > 0 }) { return nil }
    return literals.first { value($0) == 0 }
  }
}
