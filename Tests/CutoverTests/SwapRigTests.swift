import Cutover
import Essentials
import Glibc
import Pools
import TestSupport
import Testing

/// Where the rig's worker keeps its state.
enum PoolStoreFolder {
  static func of(_ folder: TemporaryFolder) -> PoolStore { PoolStore(folder: folder.appending("state")) }
}

/// Whole swaps with HAProxy, PostgreSQL and processes that are killed, seen by a client that tries nothing again.
///
/// Beside other tests it's a sample. `Benchmarks/swap.sh` sets HARDTACK_SWAPS, and then it's twenty swaps at a hundred requests a
/// second, and a kill at every moment.
@Suite(.serialized) struct SwapRigTests {
  static let isWhole = getenv("HARDTACK_SWAPS") != nil
  private static let rate = isWhole ? 100.0 : 30
  private static let swaps = isWhole ? 20 : 6
  /// From one moment of a kill to the next.
  private static let stride = isWhole ? 1 : 37

  /// What must hold of the traffic and the data, whatever happened.
  private static func judge(
    _ rig: SwapRig, _ records: [WitnessRecord], before: Int, _ label: String
  ) async throws {
    let failures = records.filter { !$0.isSuccess }
    #expect(failures.count == 0, "\(label): \(failures.prefix(3))")
    let stored = records.count { $0.method == .post && $0.isSuccess }
    #expect(try await rig.orders() == before + stored, "\(label): orders were lost or doubled")
  }

  private static func tell(_ records: [WitnessRecord]) {
    guard isWhole else { return }
    let seen = WitnessSummary(records)
    let stall = seen.longestStall.map { "\($0.length / 1000) ms" } ?? "none"
    print(
      "\(seen.total.requests) requests, \(seen.total.failures) failed, p99 \((seen.total.p99 ?? 0) / 1000) ms, longest stall \(stall)"
    )
  }

  @Test func `swaps lose no request, and do none twice`() async throws {
    let rig = try await SwapRig()
    let first = try await rig.work("run", "v1")
    #expect(first.status == 0, "\(first.output)")
    let records = try await rig.witnessed(rate: Self.rate) {
      for number in 2...Self.swaps + 1 {
        let strategy = Strategy.allCases[number % Strategy.allCases.count]
        let outcome = try await rig.work("run", "v\(number / 2 + 1)", strategy)
        #expect(outcome.status == 0, "swap \(number), \(strategy): \(outcome.output)")
      }
    }
    try await Self.judge(rig, records, before: 0, "\(Self.swaps) swaps")
    #expect(Set(records.map(\.answerer)).count >= Self.swaps / 2)
    #expect(try rig.site.live()?.pool == "rig-\(Self.swaps + 1)")
    Self.tell(records)
  }

  @Test(arguments: [Strategy.allAtOnce, .rolling], ["resume", "abort"])
  func `a killed swap goes on or back, and no request fails`(strategy: Strategy, verb: String) async throws {
    let rig = try await SwapRig()
    #expect(try await rig.work("run", "v1").status == 0)
    // Samples of their own.
    var moment = Self.isWhole ? 0 : (strategy == .rolling ? 9 : 0) + (verb == "abort" ? 18 : 0)
    var release = 1
    var orders = 0
    while true {
      let live = try rig.site.live()
      release += 1
      var killed = SwapRig.Outcome(status: 0, output: "")
      let now = moment
      let next = release
      let records = try await rig.witnessed(rate: Self.rate) {
        killed = try await rig.work("run", "v\(next)", strategy, kill: now)
        guard killed.wasKilled else { return }
        var ended = try await rig.work(verb)
        // Past the point of no return it only goes forward.
        if verb == "abort", ended.status != 0 { ended = try await rig.work("resume") }
        #expect(ended.status == 0, "\(verb) after a kill at \(now): \(ended.output)")
      }
      try await Self.judge(rig, records, before: orders, "\(verb) after a kill at \(now)")
      orders = try await rig.orders()
      let swap = try #require(try rig.site.swaps().first)
      #expect(swap.ending != nil)
      if swap.ending == .rolledBack {
        #expect(try rig.site.live() == live)
        release -= 1
      }
      guard killed.wasKilled else { break }
      moment += Self.stride
    }
    #expect(moment > 60, "only \(moment) moments")
    if Self.isWhole { print("\(strategy), \(verb): killed at \(moment) moments") }
  }

  @Test func `a rehearsal leaves live data as they were`() async throws {
    let rig = try await SwapRig()
    #expect(try await rig.work("run", "v1").status == 0)
    let records = try await rig.witnessed(rate: Self.rate) {
      let outcome = try await rig.work("test", "v2")
      #expect(outcome.status == 0, "\(outcome.output)")
    }
    try await Self.judge(rig, records, before: 0, "a rehearsal")
    #expect(Set(records.map(\.answerer)) == ["v1"])
    #expect(try rig.site.live()?.pool == "rig-1")
    #expect(try rig.site.swaps().first?.facts["migrates"] == "yes")
  }
}
