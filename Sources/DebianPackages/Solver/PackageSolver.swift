package import Essentials

/// Finds the packages that satisfy requests: first as apt would decide, then by search.
///
/// A function of the index and the requests alone: the same in, the same out.
package struct PackageSolver {
  /// What is there before anything is asked for.
  package enum Variant: Sendable, Hashable {
    /// Packages that are essential, of priority required, and apt: mmdebstrap's minbase.
    case minbase
    /// Essential packages only.
    case essential
    /// Nothing but what is asked for.
    case empty
  }

  package struct Options: Sendable {
    package var variant: Variant
    /// Whether the Recommends of what is requested, and of all that it pulls in, are followed. Those of the
    /// variant's own packages never are.
    package var recommends: Bool
    package var pins: PackagePins
    /// Versions that an earlier lock chose, which stay where they still fit.
    package var kept: [PackageName: DebianVersion]

    package init(
      variant: Variant = .minbase, recommends: Bool = false, pins: PackagePins = PackagePins(),
      kept: [PackageName: DebianVersion] = [:]
    ) {
      self.variant = variant
      self.recommends = recommends
      self.pins = pins
      self.kept = kept
    }
  }

  let index: PackageIndex
  let options: Options

  package init(_ index: PackageIndex, _ options: Options = Options()) {
    self.index = index
    self.options = options
  }

  /// The packages that satisfy `requests`.
  /// - Throws: `noSolution`, with the nearest names where a package doesn't exist, and with the chain of
  ///   reasons where requests can't be met; `verificationFailed` where an index is malformed.
  package func solve(_ requests: [PackageRequest]) throws(Diagnostic) -> Solution {
    var candidates = keptCandidates()
    let base = baseGoals()
    var goals = base
    for (number, request) in requests.enumerated() {
      if let goal = try goal(request, number: number, &candidates) { goals.append(goal) }
    }
    // The goals own the bytes of the versions that the requests name.
    let outcome = withExtendedLifetime(goals) {
      Result<Solution, Diagnostic> { () throws(Diagnostic) in
        try solve(goals, base: base, requests, candidates)
      }
    }
    return try outcome.get()
  }

  private func solve(_ goals: [Goal], base: [Goal], _ requests: [PackageRequest], _ candidates: Candidates)
    throws(Diagnostic) -> Solution
  {
    let follows = recommendsPolicy(base, candidates)
    var empty = Marking(index, candidates: candidates, followsRecommends: follows)
    empty.preferred = Set(options.kept.keys.compactMap { index.names.find($0.text) })
    for goal in goals {
      if let entry = goal.entry { empty.setCandidate(entry) }
    }
    if let marking = try mark(goals, empty) {
      let explanation = Explanation(
        index, goals, installed: marking.installedEntries, followsRecommends: follows)
      return Solution(choices: try explanation.choices(), method: .order)
    }
    // Before a version that apt's policy doesn't prefer comes whatever else the packages' alternatives allow.
    for versions in [Formula.Versions.candidates, .all] {
      var formula = Formula(index, empty, wanted: goals.map(\.clause), versions)
      formula.addConflicts()
      if let fault = formula.fault { throw fault }
      var search = Search(formula)
      switch search.run() {
      case .found(let variables):
        let entries = variables.map { formula.entries[$0] }
        let explanation = Explanation(index, goals, installed: entries, followsRecommends: follows)
        return Solution(choices: try explanation.choices(), method: .search)
      case .impossible(let core):
        if versions == .all { throw Refusal(formula, goals, core: core).diagnostic }
      }
    }
    throw Diagnostic(.bug, "a search came to no end")
  }

  /// Everything marked as apt does, or nil where that leaves something broken.
  private func mark(_ goals: [Goal], _ empty: Marking) throws(Diagnostic) -> Marking? {
    var marking = empty
    for goal in goals { if let name = goal.direct { marking.request(name) } }
    var seen: Set<NameTable.ID> = []
    for goal in goals {
      if let name = goal.direct, seen.insert(name).inserted { _ = marking.install(name, isRequest: true) }
    }
    for goal in goals where goal.direct == nil && !marking.holds(goal.clause, of: -1) {
      for solution in marking.solutions(goal.clause, of: -1) {
        var attempt = marking
        attempt.request(name(of: solution))
        if attempt.install(name(of: solution), isRequest: true) {
          marking = attempt
          break
        }
      }
    }
    if let fault = marking.fault { throw fault }
    marking.sweep()
    guard goals.allSatisfy({ marking.holds($0.clause, of: -1) }) else { return nil }
    for name in marking.installedNames where marking.isBroken(name, countingRecommends: false) { return nil }
    return marking
  }

  // The Recommends of what the variant alone brings in were asked for by nobody.
  private func recommendsPolicy(_ base: [Goal], _ candidates: Candidates) -> (PackageEntry.ID) -> Bool {
    guard options.recommends else { return { _ in false } }
    var marking = Marking(index, candidates: candidates, followsRecommends: { _ in false })
    for goal in base { if let name = goal.direct { marking.request(name) } }
    for goal in base { if let name = goal.direct { _ = marking.install(name, isRequest: true) } }
    let names = Set(marking.installedNames)
    let index = index
    return { !names.contains(index.entries[Int($0)].name) }
  }

  private func keptCandidates() -> Candidates {
    var candidates = Candidates(index, pins: options.pins)
    for (package, version) in options.kept {
      guard let name = index.names.find(package.text) else { continue }
      let kept = candidates.ranked(name).first { entry in
        version.withParts { $0.compare(index.version(entry)) == 0 }
      }
      if let kept { candidates.choose(kept) }
    }
    return candidates
  }
}
