import Cutover
import Essentials
import TestSupport
import Testing

@Suite struct WitnessSummaryTests {
  /// A request that was due at `due` and ended `latency` later, in milliseconds.
  private func record(
    _ due: Int64, _ latency: Int64, _ outcome: WitnessRecord.Outcome = .answered(200),
    by answerer: String = "v1"
  ) -> WitnessRecord {
    WitnessRecord(
      number: Int(due), due: due * 1000, method: .get, kept: true, latency: latency * 1000, outcome: outcome,
      answerer: answerer, lag: 0)
  }

  @Test(arguments: 0..<200)
  func `takes the least latency that the share doesn't exceed`(seed: Int) throws {
    var random = SplitMix(UInt64(seed))
    let values = (0..<Int.random(in: 1...50, using: &random)).map { _ in
      Int64.random(in: 0...20, using: &random)
    }
    let share = [0.5, 0.9, 0.99, 1][seed % 4]
    let found = try #require(WitnessSummary.percentile(share, of: values.sorted()))
    #expect(values.contains(found))
    #expect(Double(values.count { $0 <= found }) >= share * Double(values.count))
    #expect(Double(values.count { $0 < found }) < share * Double(values.count))
  }

  @Test func `has no percentile of nothing`() {
    #expect(WitnessSummary.percentile(0.5, of: []) == nil)
    let empty = WitnessSummary([])
    #expect(empty.total.requests == 0)
    #expect(empty.longestStall == nil)
  }

  @Test func `counts by window, answerer and reason`() {
    let records = [
      record(0, 5), record(10, 5), record(20, 900, .failed(.timeout)), record(30, 7, .answered(503)),
      record(40, 9, by: "v2"), record(50, 1, .failed(.unanswered)),
    ]
    let summary = WitnessSummary(
      records.shuffled(), marks: [.init("switch", at: 40_000), .init("pause", at: 15_000)])
    #expect(summary.failures == ["timeout": 1, "503": 1])
    #expect(summary.answerers == ["v1": 2, "v2": 1])
    #expect(summary.windows.map(\.name) == ["start", "pause", "switch"])
    #expect(summary.windows.map(\.requests) == [2, 2, 2])
    #expect(summary.windows.map(\.failures) == [0, 2, 0])
    #expect(summary.windows.map(\.unanswered) == [0, 0, 1])
    #expect(summary.windows.map(\.maximum) == [5000, nil, 9000])
    #expect(summary.firstFailure == 37_000)
    #expect(summary.lastFailure == 920_000)
  }

  @Test func `finds the longest time without an answer in which one was due`() {
    // Nothing is due between 15 and 1000: that's no stall. From 1000 on the next answer comes at 1400.
    let records = [record(0, 5), record(10, 5), record(1000, 400), record(1100, 300), record(1390, 20)]
    #expect(WitnessSummary(records).longestStall == WitnessSummary.Stall(start: 1_000_000, length: 400_000))
    // What failed was due as well, but its end is no answer.
    let failed = [
      record(0, 5), record(10, 100, .failed(.closed)), record(20, 300), record(400, 50, .answered(500)),
    ]
    #expect(WitnessSummary(failed).longestStall == WitnessSummary.Stall(start: 10_000, length: 310_000))
    let never = [record(0, 5, .failed(.refused)), record(700, 5, .failed(.refused))]
    #expect(WitnessSummary(never).longestStall == WitnessSummary.Stall(start: 0, length: 705_000))
  }

  @Test func `cuts the time into buckets without a gap`() {
    let records = (0..<1000).map { record(Int64($0) * 100, 3) } + [record(99_950, 1, .failed(.cut))]
    let buckets = WitnessBucket.series(records, limit: 60)
    #expect(buckets.count <= 60)
    #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.start + $0.width == $1.start })
    #expect(buckets.map { $0.answers["v1"] ?? 0 }.reduce(0, +) == 1000)
    #expect(buckets.map(\.failures).reduce(0, +) == 1)
    #expect(buckets.last?.failures == 1)
    #expect(WitnessBucket.series([]).isEmpty)
    #expect(WitnessBucket.series([record(1, 1)]).count == 1)
  }

  @Test func `reads no file but a witness's, and says which line is wrong`() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("records")
    for text in ["", "# hardtack wit", "# hardtack witness 1\n", "# hardtack witness 1\n12 45"] {
      try DurableFile.write(Array(text.utf8), to: file)
      #expect(try WitnessFile.read(file).isEmpty)
    }
    let lines = ["1 5 gk 3 200 v1 0", "2 9 pf 3 timeout - 0"]
    try DurableFile.write(Array("# hardtack witness 1\n\(lines[1])\n\(lines[0])\n3 1".utf8), to: file)
    #expect(try WitnessFile.read(file).map(\.number) == [1, 2])
    for text in [
      "root:x:0\n", "# hardtack witness 1\n1 5 gk 3 200 v1\n", "# hardtack witness 1\n1 5 gk -3 200 v1 0\n",
    ] {
      try DurableFile.write(Array(text.utf8), to: file)
      #expect(throws: Diagnostic.self) { try WitnessFile.read(file) }
    }
  }
}
