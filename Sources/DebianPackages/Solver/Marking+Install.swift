// How apt-get marks a package and what it needs, with nothing installed before: behaviour of apt 2.6,
// `pkgDepCache::MarkInstall`, `MarkKeep` and `MarkDelete`.
extension Marking {
  // No real chain of dependencies is near this long; a made one may not exhaust the stack.
  private static let deepest = 1000

  private func mayChange(_ name: NameTable.ID, to mode: Mode, depth: Int) -> Bool {
    guard depth <= Self.deepest, index.firstEntry[Int(name)] >= 0 else { return false }
    return states[Int(name)].mode == mode || !states[Int(name)].isProtected
  }

  /// Marks what was requested, without its dependencies.
  mutating func request(_ name: NameTable.ID) {
    let entry = candidate(name)
    guard entry >= 0 else { return }
    setInstalled(name, entry, isAutomatic: false)
    setProtected(name, true)
  }

  /// Takes a package out again.
  /// - Returns: false where it may not be.
  mutating func keep(_ name: NameTable.ID, depth: Int) -> Bool {
    guard mayChange(name, to: .keep, depth: depth) else { return false }
    if states[Int(name)].mode != .keep { setKept(name) }
    return true
  }

  /// Marks `name` and what it needs.
  /// - Returns: false where it can't be had; part of what it needs may then stay marked.
  mutating func install(
    _ name: NameTable.ID, withDependencies: Bool = true, isRequest: Bool = false, depth: Int = 0
  )
    -> Bool
  {
    guard fault == nil else { return false }
    guard isRequest || mayChange(name, to: .install, depth: depth) else { return false }
    let entry = candidate(name)
    guard entry >= 0 else { return false }
    let state = states[Int(name)]
    if !state.isProtected, state.mode == .install, !isBroken(name, countingRecommends: true) { return true }
    if withDependencies, !checkSatisfiable(name, entry) { return false }
    if isRequest { markInstalled(name, entry, isRequest: true) }

    let failsEarly = !state.isProtected && !isRequest
    var hasFailed = false
    var wanted: [Int] = []
    if withDependencies {
      var forbidden: [Int] = []
      for (number, clause) in clauses(entry).enumerated() where isImportant(clause, of: entry) {
        if !state.isProtected, holds(clause, of: entry) { continue }
        if clause.kind.isNegative { forbidden.append(number) } else { wanted.append(number) }
      }
      if !removeConflicts(
        forbidden, of: entry, isProtected: state.isProtected, isRequest: isRequest, depth: depth)
      {
        if failsEarly { return false }
        hasFailed = true
      }
    }
    if !isRequest { markInstalled(name, entry, isRequest: false) }
    guard withDependencies else { return !hasFailed }

    setProtected(name, true)
    defer { if !state.isProtected { setProtected(name, false) } }
    if !installDependencies(
      wanted, of: entry, isProtected: state.isProtected, isRequest: isRequest, depth: depth)
    {
      if failsEarly {
        setKept(name)
        discardCandidate(name)
        return false
      }
      hasFailed = true
    }
    return !hasFailed
  }

  private mutating func markInstalled(_ name: NameTable.ID, _ entry: PackageEntry.ID, isRequest: Bool) {
    let state = states[Int(name)]
    if state.isProtected, state.installed == entry { return }
    setInstalled(name, entry, isAutomatic: !isRequest)
  }

  // A candidate whose needs no other candidate can meet is given up before anything is done for it.
  private mutating func checkSatisfiable(_ name: NameTable.ID, _ entry: PackageEntry.ID) -> Bool {
    for clause in clauses(entry) where clause.kind.isCritical && !clause.kind.isNegative {
      if holds(clause, of: entry) { continue }
      if clause.alternatives.contains(where: { mayBeMet($0) }) { continue }
      if !states[Int(name)].isProtected { rejectCandidate(name) }
      return false
    }
    return true
  }

  private mutating func removeConflicts(
    _ numbers: [Int], of entry: PackageEntry.ID, isProtected: Bool, isRequest: Bool, depth: Int
  ) -> Bool {
    let clauses = clauses(entry)
    var hasFailed = false
    for number in numbers {
      for other in solutions(clauses[number], of: entry) {
        let name = name(of: other)
        guard candidate(name) == other else { continue }
        if states[Int(name)].mode == .install, !keep(name, depth: depth) {
          hasFailed = true
          if !isProtected, !isRequest { return false }
        } else if isProtected {
          discardCandidate(name)
          setProtected(name, true)
        }
      }
    }
    return !hasFailed
  }

  private mutating func installDependencies(
    _ numbers: [Int], of entry: PackageEntry.ID, isProtected: Bool, isRequest: Bool, depth: Int
  ) -> Bool {
    let clauses = clauses(entry)
    var hasFailed = false
    for number in numbers {
      let clause = clauses[number]
      let holds = holds(clause, of: entry)
      if holds, !isProtected { continue }
      if holds {
        // The only way to meet what a protected package needs is protected as well.
        guard clause.kind.isCritical else { continue }
        let solutions = Set(solutions(clause, of: entry))
        guard solutions.count == 1, let only = solutions.first, !states[Int(name(of: only))].isProtected
        else {
          continue
        }
        setProtected(name(of: only), true)
        if !install(name(of: only), depth: depth + 1) { hasFailed = true }
        continue
      }
      let isInstalled = installOne(
        of: solutions(clause, of: entry),
        isProtected: isProtected && clause.kind.isCritical, depth: depth)
      if !isInstalled, clause.kind.isCritical {
        hasFailed = true
        if !isProtected, !isRequest { break }
      }
    }
    return !hasFailed
  }

  private mutating func installOne(
    of solutions: [PackageEntry.ID], isProtected: Bool, depth: Int
  ) -> Bool {
    for solution in solutions {
      let name = name(of: solution)
      guard candidate(name) == solution else { continue }
      if isProtected, solutions.count == 1 {
        guard install(name, withDependencies: false, depth: depth + 1) else { continue }
        setProtected(name, true)
      }
      if install(name, depth: depth + 1) { return true }
    }
    return false
  }
}
