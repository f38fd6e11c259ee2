/// What has been decided, and what follows from it, in order.
struct PartialSolution {
  struct Assignment {
    var node: Int
    var term: Term
    /// All that is known of the node up to here.
    var accumulated: Term
    /// How many decisions had been made, this one included.
    var level: Int
    /// The incompatibility it follows from; nil for a decision.
    var cause: Int?
  }

  private(set) var assignments: [Assignment] = []
  private(set) var level = 0
  /// The places of each node's assignments.
  private var history: [[Int]] = []
  /// The version each node was decided to have.
  private(set) var decisions: [Int?] = []

  mutating func addNode() {
    history.append([])
    decisions.append(nil)
  }

  /// All that is known of `node`; nil where it's nothing.
  func term(of node: Int) -> Term? { history[node].last.map { assignments[$0].accumulated } }

  mutating func decide(_ node: Int, version: Int, universe: Int) {
    level += 1
    decisions[node] = version
    append(node, .within(.only(version, of: universe)), cause: nil)
  }

  mutating func derive(_ node: Int, _ term: Term, cause: Int) { append(node, term, cause: cause) }

  private mutating func append(_ node: Int, _ term: Term, cause: Int?) {
    let accumulated = self.term(of: node).map { $0.intersection(term) } ?? term
    history[node].append(assignments.count)
    assignments.append(
      Assignment(node: node, term: term, accumulated: accumulated, level: level, cause: cause))
  }

  /// Forgets everything past the decision `level`.
  mutating func backtrack(to level: Int) {
    while let last = assignments.last, last.level > level {
      assignments.removeLast()
      history[last.node].removeLast()
      if last.cause == nil { decisions[last.node] = nil }
    }
    self.level = level
  }

  func relation(of node: Int, to term: Term) -> Term.Relation {
    self.term(of: node)?.relation(to: term) ?? .inconclusive
  }

  /// The place of the first assignment up to which `term` is known to hold of `node`; nil where it isn't.
  func satisfier(of node: Int, _ term: Term) -> Int? {
    let places = history[node]
    var low = 0
    var high = places.count
    // What is known only grows, so the first place where it suffices can be searched for.
    while low < high {
      let middle = (low + high) / 2
      if assignments[places[middle]].accumulated.relation(to: term) == .satisfied {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low < places.count ? places[low] : nil
  }

  /// The decision level at which `node` was decided.
  func decisionLevel(of node: Int) -> Int? {
    history[node].first { assignments[$0].cause == nil }.map { assignments[$0].level }
  }
}
