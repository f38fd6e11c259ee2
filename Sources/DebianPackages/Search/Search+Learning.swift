extension Search {
  /// Learns what the conflict teaches (the first unique implication point) and goes back to where that
  /// decides something.
  mutating func learn(from conflict: Int) {
    var seen = Set<Int>()
    var learned: [Literal] = []
    var used: [Int] = []
    var open = 0
    var number = conflict
    var position = trail.count
    let level = Int32(levelStarts.count)
    var pivot: Literal?
    repeat {
      used.append(number)
      for literal in disjunctions[number] where literal != pivot {
        let variable = literal.variable
        guard seen.insert(variable).inserted else { continue }
        if levels[variable] == level {
          open += 1
        } else {
          // Literals that are false at the root stay, so that the reasons can be told.
          learned.append(literal)
        }
      }
      repeat { position -= 1 } while !seen.contains(trail[position].variable)
      pivot = trail[position]
      open -= 1
      number = reasons[trail[position].variable]
    } while open > 0
    guard let pivot else { return }
    learned.insert(pivot.negated, at: 0)

    let target = learned.dropFirst().map { levels[$0.variable] }.max() ?? 0
    if let second = learned.indices.dropFirst().first(where: { levels[learned[$0].variable] == target }) {
      learned.swapAt(1, second)
    }
    let added = disjunctions.count
    disjunctions.append(learned)
    antecedents[added] = used
    back(to: Int(target))
    if learned.count > 1 {
      watches[Int(learned[0].code)].append(added)
      watches[Int(learned[1].code)].append(added)
    }
    assign(learned[0], reason: added)
  }

  private mutating func back(to level: Int) {
    guard level < levelStarts.count else { return }
    for literal in trail[levelStarts[level]...] { values[literal.variable] = 0 }
    trail.removeSubrange(levelStarts[level]...)
    levelStarts.removeSubrange(level...)
    propagated = trail.count
  }

  /// The disjunctions of the formula that made `conflict` false at the root.
  func core(from conflict: Int) -> [Int] {
    var core: Set<Int> = []
    var expanded: Set<Int> = []
    var variables: Set<Int> = []
    var pending = [conflict]
    while let number = pending.popLast() {
      guard expanded.insert(number).inserted else { continue }
      if let used = antecedents[number] { pending += used } else { core.insert(number) }
      for literal in disjunctions[number] where variables.insert(literal.variable).inserted {
        let reason = reasons[literal.variable]
        if values[literal.variable] != 0, levels[literal.variable] == 0, reason >= 0 {
          pending.append(reason)
        }
      }
    }
    return core.sorted()
  }
}
