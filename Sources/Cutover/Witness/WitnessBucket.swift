/// A short span of time in the records of a witness, for a picture of them.
package struct WitnessBucket: Codable, Sendable, Hashable {
  /// In microseconds since 1970.
  package var start: Int64
  /// In microseconds.
  package var width: Int64
  /// Of the good answers to requests that were due in it, in microseconds; nil where there was none.
  package var median: Int64?
  package var p99: Int64?
  package var maximum: Int64?
  /// Good answers, by who gave them.
  package var answers: [String: Int]
  package var failures: Int

  /// The whole time of the records, without a gap.
  /// - Parameters:
  ///   - records: in any order.
  ///   - limit: how many there are at most; the width is the least of 100 ms, 200 ms, 500 ms, 1 s, and so on, that does.
  package static func series(_ records: [WitnessRecord], limit: Int = 240) -> [WitnessBucket] {
    let records = records.sorted { $0.due < $1.due }
    guard let first = records.first?.due, let last = records.last?.due else { return [] }
    var width: Int64 = 100_000
    var steps = [2, 5, 10]
    var base = width
    while (last - first) / width >= Int64(max(1, limit)) {
      width = base * Int64(steps.removeFirst())
      if steps.isEmpty {
        steps = [2, 5, 10]
        base = width
      }
    }
    var buckets: [WitnessBucket] = []
    var rest = records[...]
    for index in 0...((last - first) / width) {
      let start = first + index * width
      let count = rest.prefix { $0.due < start + width }.count
      let part = rest.prefix(count)
      rest = rest.dropFirst(count)
      let good = part.filter(\.isSuccess)
      let latencies = good.map(\.latency).sorted()
      buckets.append(
        WitnessBucket(
          start: start, width: width, median: WitnessSummary.percentile(0.5, of: latencies),
          p99: WitnessSummary.percentile(0.99, of: latencies), maximum: latencies.last,
          answers: good.reduce(into: [:]) { $0[$1.answerer, default: 0] += 1 },
          failures: part.count { $0.reason != nil }))
    }
    return buckets
  }
}
