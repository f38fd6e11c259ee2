// Source: PEP 440, "Summary of permitted suffixes and relative ordering".

extension PythonVersion: Comparable, Hashable {
  package static func == (a: PythonVersion, b: PythonVersion) -> Bool {
    a.compare(b) == 0
  }

  package static func < (a: PythonVersion, b: PythonVersion) -> Bool {
    a.compare(b) < 0
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(epoch)
    hasher.combine(release[..<significant])
    hasher.combine(pre)
    hasher.combine(post)
    hasher.combine(dev)
    hasher.combine(local)
  }

  /// Negative, zero or positive as this version sorts before, with or behind `other`.
  /// - Parameter ignoringLocals: leaves the local labels out.
  func compare(_ other: PythonVersion, ignoringLocals: Bool = false) -> Int {
    if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
    let count = max(release.count, other.release.count)
    for index in 0..<count {
      let a = index < release.count ? release[index] : 0
      let b = index < other.release.count ? other.release[index] : 0
      if a != b { return a < b ? -1 : 1 }
    }
    let (a, b) = (preRank, other.preRank)
    if a != b { return a < b ? -1 : 1 }
    // No post-release sorts below every one; no development release sorts above every one.
    if post != other.post {
      guard let mine = post else { return -1 }
      guard let others = other.post else { return 1 }
      return mine < others ? -1 : 1
    }
    if dev != other.dev {
      guard let mine = dev else { return 1 }
      guard let others = other.dev else { return -1 }
      return mine < others ? -1 : 1
    }
    return ignoringLocals ? 0 : Self.compare(local, other.local)
  }

  /// A development release of no other kind sorts below every pre-release; a final one above them.
  private var preRank: (UInt8, UInt64) {
    if let pre { return (pre.kind.rawValue + 1, pre.number) }
    return post == nil && dev != nil ? (0, 0) : (4, 0)
  }

  private static func compare(_ a: [LocalPart], _ b: [LocalPart]) -> Int {
    for (x, y) in zip(a, b) {
      switch (x, y) {
      case (.number(let x), .number(let y)):
        if x == y { continue }
        if x.utf8.count != y.utf8.count { return x.utf8.count < y.utf8.count ? -1 : 1 }
        return x < y ? -1 : 1
      case (.text(let x), .text(let y)):
        if x != y { return x < y ? -1 : 1 }
      case (.number, .text): return 1
      case (.text, .number): return -1
      }
    }
    return a.count == b.count ? 0 : (a.count < b.count ? -1 : 1)
  }
}
