package import Essentials

/// Swaps of a stand-in application under traffic, some of them killed on the way: whether a swap loses anything on this machine.
package struct SwapRehearsal: Sendable {
  package let site: RehearsalSite
  private let program: [String]
  private let rate: Double
  private let progress: Progress

  /// - Parameters:
  ///   - site: a new one.
  ///   - program: what carries out an order; see ``RehearsalSite/work(_:_:)``.
  ///   - rate: requests a second, half of them POSTs.
  package init(_ site: RehearsalSite, program: [String], rate: Double, progress: Progress) {
    self.site = site
    self.program = program
    self.rate = rate
    self.progress = progress
  }

  /// What a row of swaps came to.
  package struct Finding: Codable, Sendable {
    package var scenario: Scenario
    package var strategy: Strategy
    /// What followed the kills; nil where nothing was killed.
    package var verb: RehearsalOrder.Verb?
    package var swaps = 0
    package var kills = 0
    package var requests = 0
    /// Requests without a good answer.
    package var failed = 0
    /// Orders that were confirmed and aren't in the database.
    package var lost = 0
    /// Orders in the database that weren't confirmed.
    package var unasked = 0
    /// In microseconds.
    package var p99: Int64 = 0
    package var longestStall: Int64 = 0
    /// What was not as it must be, a line each.
    package var faults: [String] = []

    package var isGood: Bool { failed == 0 && lost == 0 && unasked == 0 && faults.isEmpty }

    init(_ scenario: Scenario, _ strategy: Strategy, _ verb: RehearsalOrder.Verb?) {
      self.scenario = scenario
      self.strategy = strategy
      self.verb = verb
    }

    /// Takes in what a client has seen, and what the database has of it.
    mutating func add(_ records: [WitnessRecord], stored: Int, _ label: String) {
      let summary = WitnessSummary(records)
      requests += records.count
      failed += records.count { !$0.isSuccess }
      if let first = records.first(where: { !$0.isSuccess }) {
        faults.append("\(label): request \(first.number) failed: \(first.outcome)")
      }
      let confirmed = records.count { $0.method == .post && $0.isSuccess }
      lost += max(0, confirmed - stored)
      unasked += max(0, stored - confirmed)
      p99 = max(p99, summary.total.p99 ?? 0)
      longestStall = max(longestStall, summary.longestStall?.length ?? 0)
    }
  }

  /// Makes a first release live.
  package func begin() async throws {
    var order = RehearsalOrder(.run)
    order.release = "v1"
    let outcome = try await site.work(order, program)
    guard outcome.status == 0 else {
      throw Diagnostic(.failed, "the first release did not become live", notes: Command.tail(outcome.output))
    }
  }

  /// Swaps that nothing disturbs.
  package func swaps(_ count: Int, _ strategy: Strategy) async throws -> Finding {
    var finding = Finding(.liveToLive, strategy, nil)
    let stage = progress.stage("swapping, \(strategy.rawValue)", items: count)
    let before = try await site.orders()
    let records = try await site.witnessed(rate: rate) {
      for number in 1...count {
        try Task.checkCancellation()
        let start = try await site.state()
        var order = RehearsalOrder(.run)
        order.strategy = strategy
        order.release = try next(after: start)
        let outcome = try await site.work(order, program)
        if outcome.status != 0 { finding.faults.append("swap \(number): \(outcome.output)") }
        try await judge(start, order, &finding, "swap \(number)")
        finding.swaps += 1
        stage.advance(items: 1)
      }
    }
    finding.add(records, stored: try await site.orders() - before, "swaps")
    stage.finish()
    return finding
  }

  /// Swaps that are killed, each at a later moment, until one has passed none any more; each goes on, or back, by `verb`.
  /// - Parameter stride: from one moment to the next.
  package func kills(
    _ scenario: Scenario, _ strategy: Strategy, then verb: RehearsalOrder.Verb, from first: Int = 0,
    stride: Int
  ) async throws -> Finding {
    var finding = Finding(scenario, strategy, verb)
    let stage = progress.stage("killing, \(scenario.rawValue), \(strategy.rawValue), then \(verb.rawValue)")
    var order = RehearsalOrder(.run)
    order.scenario = scenario
    order.strategy = strategy
    for moment in Swift.stride(from: first, to: .max, by: stride) {
      try Task.checkCancellation()
      let label = "\(verb.rawValue) after a kill at the moment \(moment)"
      stage.detail("at the moment \(moment)")
      let start = try await site.state()
      let before = try await site.orders()
      order.release = try next(after: start)
      order.kill = moment
      let now = order
      var wasKilled = false
      let records = try await site.witnessed(rate: rate) {
        let outcome = try await site.work(now, program)
        wasKilled = outcome.wasKilled
        guard wasKilled else {
          if outcome.status != 0 { finding.faults.append("the last: \(outcome.output)") }
          return
        }
        var ended = try await site.work(RehearsalOrder(verb), program)
        // Past the point of no return it only goes forward; killed before its plan was written down, it has done nothing.
        if verb == .abort, ended.status != 0 { ended = try await site.work(RehearsalOrder(.resume), program) }
        if ended.status != 0, try site.site.unfinished() != nil || ended.status > 128 {
          finding.faults.append("\(label): \(ended.output)")
        }
      }
      finding.add(records, stored: try await site.orders() - before, label)
      try await judge(start, now, &finding, label)
      finding.swaps += 1
      guard wasKilled else { break }
      finding.kills += 1
    }
    stage.finish()
    return finding
  }

  private func next(after state: RehearsalSite.State) throws(Diagnostic) -> String {
    guard let live = state.live, let number = Int(live.release.dropFirst()) else {
      throw Diagnostic(.failed, "nothing is live on the site of the rehearsal")
    }
    return "v\(number + 1)"
  }

  /// Sees that the site is as it was, or as a swap that nothing disturbed leaves it.
  private func judge(
    _ start: RehearsalSite.State, _ order: RehearsalOrder, _ finding: inout Finding, _ label: String
  ) async throws {
    let found = try await site.state()
    guard found != start else { return }
    guard order.scenario == .liveToLive, let live = found.live, live.release == order.release else {
      return finding.faults.append("\(label): the site isn't as it was: \(found), and was \(start)")
    }
    let instances = (1...live.count).map { "\(live.pool)-\($0)" }
    let isWhole =
      found.servers == instances.map { "\($0) \(BalancedServer.State.ready.rawValue)" }
      && found.instances == instances && found.databases == start.databases && found.logins.count == 1
      && found.logins != start.logins
    if !isWhole { finding.faults.append("\(label): the site isn't as a swap leaves it: \(found)") }
  }
}
