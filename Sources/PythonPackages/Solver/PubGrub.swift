import Essentials

/// The solver's core: learns from conflicts until everything is decided or nothing can be.
///
/// Source: Natalie Weizenbaum, "PubGrub: Next-Generation Version Solving", and the solver documentation of pub.
struct PubGrub {
  /// The derivation that ended in the request being impossible.
  struct Failure: Error {
    var incompatibility: Int
  }

  /// A conflict found while following from a node: what the heuristics of ``Priorities`` learn from.
  struct Conflict {
    var node: Int
    var incompatibility: Int
  }

  private(set) var incompatibilities: [Incompatibility] = []
  private var byNode: [[Int]] = []
  var solution = PartialSolution()
  private var merged: [DependencyKey: Int] = [:]
  private var mergedExclusions: [ExclusionKey: Int] = [:]

  /// What dependencies must have in common to be joined into one statement about several versions.
  private struct DependencyKey: Hashable {
    var node: Int
    var on: Int
    var set: VersionSet
  }

  private struct ExclusionKey: Hashable {
    var node: Int
    var reason: String
  }

  mutating func addNode() -> Int {
    byNode.append([])
    solution.addNode()
    return byNode.count - 1
  }

  @discardableResult
  mutating func add(_ incompatibility: Incompatibility) -> Int {
    let number = incompatibilities.count
    incompatibilities.append(incompatibility)
    for part in incompatibility.parts { byNode[part.node].append(number) }
    return number
  }

  /// Says that the versions `versions` of `node` ask for `set` of the node `on`.
  ///
  /// Versions that ask for the same are joined, so that a conflict rules them all out at once.
  mutating func addDependency(
    of node: Int, _ versions: VersionSet, on other: Int, _ set: VersionSet, fact: Fact
  ) -> Int {
    let key = DependencyKey(node: node, on: other, set: set)
    let joined = join(versions, of: node, with: merged[key])
    if let number = joined.same { return number }
    let number = add(
      Incompatibility(
        [.init(node: node, term: .within(joined.versions)), .init(node: other, term: .outside(set))],
        cause: .fact(fact)))
    merged[key] = number
    return number
  }

  /// Says that the versions `versions` of `node` can't be used.
  /// - Parameter reason: what versions must have in common to be joined.
  mutating func addExclusion(of node: Int, _ versions: VersionSet, reason: String, fact: Fact) -> Int {
    let key = ExclusionKey(node: node, reason: reason)
    let joined = join(versions, of: node, with: mergedExclusions[key])
    if let number = joined.same { return number }
    let number = add(
      Incompatibility([.init(node: node, term: .within(joined.versions))], cause: .fact(fact)))
    mergedExclusions[key] = number
    return number
  }

  /// The versions together with those of an earlier statement, which the new one takes the place of; or that
  /// statement where it says it all.
  private mutating func join(
    _ versions: VersionSet, of node: Int, with earlier: Int?
  ) -> (versions: VersionSet, same: Int?) {
    guard let earlier, case .within(let others)? = incompatibilities[earlier].term(of: node) else {
      return (versions, nil)
    }
    if versions.isSubset(of: others) { return (versions, earlier) }
    for part in incompatibilities[earlier].parts { byNode[part.node].removeAll { $0 == earlier } }
    return (versions.union(others), nil)
  }

  /// Whether the incompatibility holds already, or will as soon as `node` is decided.
  func conflicts(_ number: Int, deciding node: Int) -> Bool {
    incompatibilities[number].parts.allSatisfy { part in
      part.node == node || solution.relation(of: part.node, to: part.term) == .satisfied
    }
  }

  /// Draws every conclusion from what is known of `node`.
  /// - Returns: the conflicts that were met and solved on the way.
  mutating func propagate(_ node: Int) throws -> [Conflict] {
    var conflicts: [Conflict] = []
    var changed = [node]
    while let current = changed.popLast() {
      search: for number in byNode[current].reversed() {
        switch relation(of: number) {
        case .satisfied:
          conflicts.append(Conflict(node: node, incompatibility: number))
          let cause = try solveConflict(number)
          // The learnt incompatibility leaves exactly one conclusion open.
          guard case .almost(let part) = relation(of: cause) else {
            throw Diagnostic(.bug, "the solver learnt nothing from a conflict")
          }
          solution.derive(part.node, part.term.negated, cause: cause)
          changed = [part.node]
          break search
        case .almost(let part):
          solution.derive(part.node, part.term.negated, cause: number)
          if !changed.contains(part.node) { changed.append(part.node) }
        case .open: continue
        }
      }
    }
    return conflicts
  }

  private enum Relation {
    case satisfied
    case almost(Incompatibility.Part)
    case open
  }

  private func relation(of number: Int) -> Relation {
    var open: Incompatibility.Part?
    for part in incompatibilities[number].parts {
      switch solution.relation(of: part.node, to: part.term) {
      case .satisfied: continue
      case .contradicted: return .open
      case .inconclusive:
        if open != nil { return .open }
        open = part
      }
    }
    return open.map { .almost($0) } ?? .satisfied
  }

  /// Finds the root cause of a conflict, learns it and goes back to where it leaves a choice.
  private mutating func solveConflict(_ number: Int) throws -> Int {
    var current = number
    while true {
      let parts = incompatibilities[current].parts
      if parts.isEmpty || (parts.count == 1 && parts[0].node == 0 && parts[0].term.isPositive) {
        throw Failure(incompatibility: current)
      }
      guard let found = satisfier(of: parts) else {
        throw Diagnostic(.bug, "the solver met a conflict that isn't one")
      }
      let assignment = solution.assignments[found.place]
      guard found.previousLevel >= assignment.level, let cause = assignment.cause else {
        solution.backtrack(to: found.previousLevel)
        return current
      }
      var terms = parts.filter { $0.node != found.part.node }
      terms += incompatibilities[cause].parts.filter { $0.node != found.part.node }
      if let difference = found.difference {
        terms.append(.init(node: found.part.node, term: difference.negated))
      }
      current = add(Incompatibility(terms, cause: .derived(current, cause)))
    }
  }

  private struct Satisfier {
    var part: Incompatibility.Part
    /// The place of the assignment that made the last of the parts true.
    var place: Int
    /// The part of that assignment that the term doesn't cover, where earlier ones had to cover it.
    var difference: Term?
    /// The level at which all the rest was true already.
    var previousLevel: Int
  }

  private func satisfier(of parts: [Incompatibility.Part]) -> Satisfier? {
    var latest: Satisfier?
    // The request's own decision, the first, is never undone.
    var previousLevel = 1
    for part in parts {
      guard let place = solution.satisfier(of: part.node, part.term) else { return nil }
      guard let other = latest, other.place > place else {
        if let other = latest {
          previousLevel = max(previousLevel, solution.assignments[other.place].level)
        }
        latest = Satisfier(part: part, place: place, previousLevel: 0)
        continue
      }
      previousLevel = max(previousLevel, solution.assignments[place].level)
    }
    guard var found = latest else { return nil }
    let difference = solution.assignments[found.place].term.intersection(found.part.term.negated)
    if !difference.isImpossible {
      found.difference = difference
      if let place = solution.satisfier(of: found.part.node, difference.negated) {
        previousLevel = max(previousLevel, solution.assignments[place].level)
      }
    }
    found.previousLevel = previousLevel
    return found
  }
}
