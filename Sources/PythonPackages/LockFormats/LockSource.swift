import Essentials

/// Where a lockfile has a project from.
enum LockSource: Hashable {
  /// An index, by its address, which is empty for a tool's own default; nil where the lockfile doesn't say.
  case index(String?)
  case elsewhere(String)

  /// Checks that a project comes from the lockfile's index.
  ///
  /// A lockfile may name its index by an address that this machine doesn't use: a mirror's, or the index behind the
  /// mirror. So the one that most of its projects come from counts as the index that pip is set up for.
  static func require(
    _ source: LockSource, of name: ProjectName, at location: Diagnostic.Location, usual: LockSource?
  ) throws(Diagnostic) {
    let place: String
    switch source {
    case .index(nil): return
    case .index where source == usual || usual == nil: return
    case .index: place = "another index than the rest"
    case .elsewhere(let words): place = words
    }
    throw Diagnostic(
      .usage, "'\(name)' is locked from \(place), and the image takes wheels of one index only", at: location,
      hints: ["put a wheel of '\(name)' on the index that pip is set up for, and lock again"])
  }

  /// The index that most of `sources` are; of several, the first.
  static func usual(_ sources: [LockSource]) -> LockSource? {
    var counts: [LockSource: Int] = [:]
    var usual: LockSource?
    for case .index(let address?) in sources { counts[.index(address), default: 0] += 1 }
    for source in sources {
      guard let count = counts[source] else { continue }
      if count > usual.flatMap({ counts[$0] }) ?? 0 { usual = source }
    }
    return usual
  }
}
