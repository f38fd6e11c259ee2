/// Some of a project's versions, as bits over the sorted list of all that its page has.
///
/// A solver may reason over this finite list instead of over ranges: every clause of PEP 440 then means exactly what
/// it means, local versions and `===` included, and each operation takes a few machine words.
struct VersionSet: Hashable, Sendable {
  private var words: [UInt64]
  /// How many versions the project has.
  let universe: Int

  private init(words: [UInt64], universe: Int) {
    self.words = words
    self.universe = universe
  }

  static func none(of universe: Int) -> VersionSet {
    VersionSet(words: [UInt64](repeating: 0, count: (universe + 63) / 64), universe: universe)
  }

  static func all(of universe: Int) -> VersionSet {
    var words = [UInt64](repeating: .max, count: (universe + 63) / 64)
    if universe % 64 != 0 { words[words.count - 1] = (1 << UInt64(universe % 64)) - 1 }
    return VersionSet(words: words, universe: universe)
  }

  static func only(_ index: Int, of universe: Int) -> VersionSet {
    var set = none(of: universe)
    set.insert(index)
    return set
  }

  mutating func insert(_ index: Int) { words[index / 64] |= 1 << UInt64(index % 64) }

  func contains(_ index: Int) -> Bool { words[index / 64] & 1 << UInt64(index % 64) != 0 }

  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
  var isAll: Bool { self == .all(of: universe) }
  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The members, in rising order.
  var members: [Int] {
    var members: [Int] = []
    for (position, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        members.append(position * 64 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    return members
  }

  func union(_ other: VersionSet) -> VersionSet { combined(other) { $0 | $1 } }
  func intersection(_ other: VersionSet) -> VersionSet { combined(other) { $0 & $1 } }
  func subtracting(_ other: VersionSet) -> VersionSet { combined(other) { $0 & ~$1 } }
  var complement: VersionSet { VersionSet.all(of: universe).subtracting(self) }

  func isSubset(of other: VersionSet) -> Bool {
    zip(words, other.words).allSatisfy { $0 & ~$1 == 0 }
  }

  func isDisjoint(with other: VersionSet) -> Bool {
    zip(words, other.words).allSatisfy { $0 & $1 == 0 }
  }

  private func combined(_ other: VersionSet, _ operation: (UInt64, UInt64) -> UInt64) -> VersionSet {
    var result = self
    for index in words.indices { result.words[index] = operation(words[index], other.words[index]) }
    return result
  }
}
