/// Finds what a person probably meant.
package enum NearestName {
  /// Up to `limit` of `candidates` that differ from `name` by few edits, nearest first, ties in
  /// alphabetical order.
  package static func candidates(
    for name: String, among candidates: some Sequence<String>, limit: Int = 3
  ) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    let allowed = max(1, min(3, wanted.count / 3))
    var found: [(distance: Int, name: String)] = []
    for candidate in candidates {
      let bytes = Array(candidate.lowercased().utf8)
      guard abs(bytes.count - wanted.count) <= allowed else { continue }
      let distance = distance(wanted, bytes, atMost: allowed)
      if distance <= allowed { found.append((distance, candidate)) }
    }
    return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
  }

  /// A hint that names the nearest candidates, or nil where none is near.
  package static func hint(for name: String, among names: some Sequence<String>) -> String? {
    let nearest = candidates(for: name, among: names)
    guard !nearest.isEmpty else { return nil }
    return "did you mean " + nearest.map { "'\($0)'" }.joined(separator: " or ") + "?"
  }

  /// Damerau's edit distance with adjacent swaps, given up past `limit`.
  private static func distance(_ a: [UInt8], _ b: [UInt8], atMost limit: Int) -> Int {
    var before: [Int] = []
    var previous = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
        row.append(cost)
      }
      if row.min() ?? 0 > limit { return limit + 1 }
      before = previous
      previous = row
    }
    return previous[b.count]
  }
}
