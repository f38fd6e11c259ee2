/// What the records of a witness come to.
package struct WitnessSummary: Codable, Sendable, Hashable {
  /// A point in time with a name, in microseconds since 1970.
  package struct Mark: Codable, Sendable, Hashable {
    package var name: String
    package var time: Int64

    package init(_ name: String, at time: Int64) {
      self.name = name
      self.time = time
    }
  }

  /// The requests that were due in a span of time. Times are in microseconds.
  package struct Window: Codable, Sendable, Hashable {
    package var name: String
    package var start: Int64
    /// The first moment that is no longer in it.
    package var end: Int64
    package var requests: Int
    /// Those that were not answered as they should be; see ``WitnessRecord/isSuccess``.
    package var failures: Int
    /// Those of which the witness did not wait for the end; they're in neither count but ``requests``.
    package var unanswered: Int
    /// Latencies of those that were answered well; nil where none was.
    package var median: Int64?
    package var p90: Int64?
    package var p99: Int64?
    package var maximum: Int64?
  }

  /// A time in which no good answer came though some request was due.
  package struct Stall: Codable, Sendable, Hashable {
    package var start: Int64
    /// In microseconds.
    package var length: Int64

    package init(start: Int64, length: Int64) {
      self.start = start
      self.length = length
    }
  }

  package var total: Window
  /// From each mark to the next, the last to the end; before the first is `start`.
  package var windows: [Window]
  /// How many failed for which reason: a word of ``WitnessFailure``, or a status.
  package var failures: [String: Int]
  /// Of the good answers, how many came from whom; the empty name for those that did not say.
  package var answerers: [String: Int]
  package var longestStall: Stall?
  package var firstFailure: Int64?
  package var lastFailure: Int64?
  /// How late the witness itself was at worst, in microseconds. Where it's much, latencies are the witness's own.
  package var longestLag: Int64

  /// - Parameters:
  ///   - records: in any order.
  ///   - marks: in any order.
  package init(_ records: [WitnessRecord], marks: [Mark] = []) {
    let records = records.sorted { $0.due < $1.due }
    let start = records.first?.due ?? 0
    let end = (records.last?.due ?? -1) + 1
    total = Window("total", records[...], from: start, to: end)
    windows = []
    failures = [:]
    answerers = [:]
    for record in records {
      if record.isSuccess {
        answerers[record.answerer, default: 0] += 1
      } else if let reason = record.reason {
        failures[reason, default: 0] += 1
        firstFailure = min(firstFailure ?? record.end, record.end)
        lastFailure = max(lastFailure ?? record.end, record.end)
      }
    }
    longestLag = records.map(\.lag).max() ?? 0
    longestStall = Stall(longestOf: records)
    guard !marks.isEmpty else { return }
    var rest = records[...]
    let marks = [Mark("start", at: .min)] + marks.sorted { $0.time < $1.time }
    for (index, mark) in marks.enumerated() {
      let until = index + 1 < marks.count ? marks[index + 1].time : Int64.max
      let count = rest.prefix { $0.due < until }.count
      let window = Window(
        mark.name, rest.prefix(count), from: max(mark.time, start), to: min(until, max(end, mark.time)))
      rest = rest.dropFirst(count)
      if index > 0 || count > 0 { windows.append(window) }
    }
  }

  /// The nearest-rank percentile: the least of `sorted` that at least `share` of them don't exceed.
  package static func percentile(_ share: Double, of sorted: [Int64]) -> Int64? {
    guard !sorted.isEmpty else { return nil }
    let rank = Int((share * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
  }
}

extension WitnessRecord {
  /// Why it failed, as one word; nil where it did not, or where that isn't known.
  var reason: String? {
    switch outcome {
    case .failed(.unanswered): nil
    case .failed(let failure): failure.rawValue
    case .answered(let status): isSuccess ? nil : "\(status)"
    }
  }
}

extension WitnessSummary.Window {
  init(_ name: String, _ records: ArraySlice<WitnessRecord>, from start: Int64, to end: Int64) {
    self.name = name
    self.start = start
    self.end = end
    requests = records.count
    failures = records.count { $0.reason != nil }
    unanswered = records.count { $0.outcome == .failed(.unanswered) }
    let latencies = records.filter(\.isSuccess).map(\.latency).sorted()
    median = WitnessSummary.percentile(0.5, of: latencies)
    p90 = WitnessSummary.percentile(0.9, of: latencies)
    p99 = WitnessSummary.percentile(0.99, of: latencies)
    maximum = latencies.last
  }
}

extension WitnessSummary.Stall {
  /// Between one good answer and the next, from when the first request was due that hadn't ended at the former. Behind the
  /// last answer, until the last request failed.
  init?(longestOf records: [WitnessRecord]) {
    let ended = records.sorted { $0.end < $1.end }
    // From each on, when the first was due.
    var firstDue = [Int64](repeating: .max, count: ended.count + 1)
    for index in ended.indices.reversed() { firstDue[index] = min(firstDue[index + 1], ended[index].due) }
    var best: Self?
    var last = Int64.min
    var behind = 0
    for (index, record) in ended.enumerated() where record.isSuccess || index == ended.count - 1 {
      let start = max(last, firstDue[behind])
      if record.end - start > best?.length ?? -1 { best = Self(start: start, length: record.end - start) }
      last = record.end
      behind = index + 1
    }
    guard let best else { return nil }
    self = best
  }
}
