// In which order apt tries what could satisfy a dependency: behaviour of apt 2.6, `getAllPossibleSolutions`
// and `CompareProviders`.
extension Marking {
  /// The candidates that `clause` means (for `owner`, which matters where the clause is negative), best first: by alternative, and among those that meet the same
  /// alternative the protected ones, the package of that name itself, essential and protected ones, by
  /// priority, and at last those whose name came up later in the indexes.
  mutating func solutions(_ clause: Clause, of owner: PackageEntry.ID) -> [PackageEntry.ID] {
    let isNegative = clause.kind.isNegative
    let own = isNegative ? name(of: owner) : -1
    var found: [PackageEntry.ID] = []
    for dependency in clause.alternatives {
      var targets: [PackageEntry.ID] = []
      index.forEachTarget(of: dependency) { entry in
        if !(isNegative && name(of: entry) == own), !targets.contains(entry) { targets.append(entry) }
        return true
      }
      targets = targets.filter { candidate(name(of: $0)) == $0 }
      if targets.count > 1 { targets.sort { precedes($0, $1, for: dependency.target) } }
      for target in targets where found.last != target { found.append(target) }
    }
    guard !isNegative else { return found }
    found.removeAll { entry in
      let state = states[Int(name(of: entry))]
      return state.isProtected && state.mode == .keep
    }
    guard !preferred.isEmpty else { return found }
    return found.filter { preferred.contains(name(of: $0)) }
      + found.filter { !preferred.contains(name(of: $0)) }
  }

  private func precedes(_ a: PackageEntry.ID, _ b: PackageEntry.ID, for target: NameTable.ID) -> Bool {
    let first = index.entries[Int(a)]
    let second = index.entries[Int(b)]
    let isFirstProtected = states[Int(first.name)].isProtected
    if isFirstProtected != states[Int(second.name)].isProtected { return isFirstProtected }
    if first.name != second.name {
      if first.name == target { return true }
      if second.name == target { return false }
    }
    for flag in [PackageEntry.Flags.essential, .protected]
    where first.flags.contains(flag) != second.flags.contains(flag) {
      return first.flags.contains(flag)
    }
    if first.priority != second.priority { return first.priority < second.priority }
    return first.name > second.name
  }
}
