// What was marked for the sake of something that was taken out again goes too: behaviour of apt 2.6,
// `pkgDepCache::MarkRequired` and `DoAutomaticRemove`.
extension Marking {
  /// Takes out what nothing asks for, following Recommends and Suggests as apt does by default.
  mutating func sweep() {
    var reached: Set<NameTable.ID> = []
    var pending = installedNames.filter { name in
      let state = states[Int(name)]
      let flags = index.entries[Int(state.installed)].flags
      return !state.isAutomatic || flags.contains(.essential) || flags.contains(.protected)
    }
    reached.formUnion(pending)
    while let name = pending.popLast() {
      let entry = states[Int(name)].installed
      for clause in clauses(entry) where !clause.kind.isNegative {
        if clause.kind == .recommends, !followsRecommends(entry) { continue }
        for dependency in clause.alternatives {
          index.forEachTarget(of: dependency) { target in
            let name = self.name(of: target)
            if states[Int(name)].installed == target, reached.insert(name).inserted { pending.append(name) }
            return true
          }
        }
      }
    }
    for name in installedNames where !reached.contains(name) { setKept(name) }
  }
}
