/// In which order projects are decided.
///
/// The order decides which of several solutions is found, so it's uv's: what is pinned first, then in the order in
/// which the solver met the names; a project that keeps meeting conflicts with another moves ahead, and the other
/// behind it. Source: uv's documentation, "Resolver internals".
struct Priorities {
  private enum Rank: Int {
    case ordinary, oftenCulprit, oftenAffected, pinned
  }

  private var ranks: [Int: (rank: Rank, order: Int)] = [:]
  private var affected: [Int: Int] = [:]
  private var culprits: [Int: Int] = [:]
  /// So many conflicts change a project's place.
  private static let threshold = 5

  /// Notes that `project` is asked for.
  mutating func note(_ project: Int, isPinned: Bool) {
    let known = ranks[project] ?? (.ordinary, ranks.count)
    ranks[project] = (isPinned ? .pinned : known.rank, known.order)
  }

  /// Notes that deciding `project` conflicted with `others`.
  /// - Returns: the projects whose decisions should be made anew, since others now come before them.
  mutating func conflict(of project: Int, with others: [Int]) -> [Int] {
    var moved: [Int] = []
    for other in others {
      culprits[other, default: 0] += 1
      if culprits[other] == Self.threshold, raise(other, to: .oftenCulprit) { moved.append(other) }
    }
    if !others.isEmpty {
      affected[project, default: 0] += 1
      if affected[project] == Self.threshold { _ = raise(project, to: .oftenAffected) }
    }
    return moved
  }

  private mutating func raise(_ project: Int, to rank: Rank) -> Bool {
    guard let known = ranks[project], known.rank != .pinned, known.rank != rank else { return false }
    ranks[project] = (rank, known.order)
    return true
  }

  /// Whether `a` is to be decided before `b`.
  func isBefore(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (ranks[a] ?? (.ordinary, .max), ranks[b] ?? (.ordinary, .max))
    return x.rank == y.rank ? x.order < y.order : x.rank.rawValue > y.rank.rawValue
  }
}
