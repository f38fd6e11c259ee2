import Cutover
import Essentials
import Pools
import Storage
import Synchronization
import TestSupport
import Testing

/// Swaps in a simulated world, under faults and kills at random.
@Suite struct SwapSimulationTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var strategy: Strategy
    var scenario = Scenario.liveToLive
    var migrates = true
    var testDescription: String { "\(strategy) \(scenario)\(migrates ? " migrating" : "")" }
  }

  static let shapes =
    Strategy.allCases.flatMap { [Shape(strategy: $0), Shape(strategy: $0, migrates: false)] }
    + [Shape(strategy: .allAtOnce, scenario: .liveToTest)]

  static func plan(_ shape: Shape, blueCount: Int = 2, greenCount: Int = 2) -> Plan {
    let digest = Digest(of: "image")
    var request = PlanRequest(
      site: "logic", number: 2, scenario: shape.scenario, strategy: shape.strategy,
      blue: Deployment(release: "v1", image: digest, pool: "logic-1", count: blueCount), release: "v2",
      image: digest, count: greenCount, database: "live")
    request.idles = true
    request.blueIdles = true
    request.blueFinishes = true
    request.watch = 0
    request.hooks = [.paused: ["true"], .rehearsed: ["true"]]
    return PlanBuilder.plan(request)
  }

  static func world(_ shape: Shape, blueCount: Int = 2) -> SimulatedWorld {
    let world = SimulatedWorld()
    world.inner.withLock { inner in
      inner.state.pools["logic-1"] = Set((1...blueCount).map { "logic-1-\($0)" })
      inner.state.roles["logic-1"] = .live
      inner.state.access["logic-1"] = ["live": .write]
      for name in inner.state.pools["logic-1"] ?? [] {
        inner.state.servers[name] = BalancedServer(
          name: name, port: 1, state: .ready, weight: 100, isHealthy: true, isDown: false, sessions: 0)
      }
      if shape.migrates {
        inner.wanted["logic-2"] = 2
        inner.wanted["logic-2-test"] = 2
      }
    }
    return world
  }

  /// Runs a swap until it has ended, and begins again behind each kill.
  /// - Parameter killAfter: how many moments each attempt lives, counted from 0; for ever where nil.
  private func run(
    _ world: SimulatedWorld, _ plan: Plan, _ store: Store, aborting: Bool, killAfter: (Int) -> Int?
  ) async throws -> (ending: SwapEvent.Ending?, machine: SwapMachine, records: [JournalRecord]) {
    let log = Log([JournalRecord(time: 0, epoch: 1, event: .planned(plan))])
    var effects = SiteEffects(
      balancer: world, database: world, machines: world, witness: world, hooks: world, store: store,
      limits: SwapLimits())
    effects.keep = { _ in }

    var machine = try SwapMachine(replaying: await log.records)
    for attempt in 0..<200 {
      let countdown = Countdown(killAfter(attempt) ?? .max)
      world.inner.withLock { $0.isDead = false }
      let runner = SwapRunner(
        effects: effects, epoch: attempt + 1, verify: { () throws(Diagnostic) in },
        write: { record throws(Diagnostic) in
          if world.inner.withLock({ $0.isDead }) { throw SimulatedWorld.death }
          await log.append(record)
        }, now: { 0 }, pass: { _ in if countdown.isOver() { world.inner.withLock { $0.isDead = true } } })
      machine = try SwapMachine(replaying: await log.records)
      if machine.ending != nil { break }
      do {
        if attempt > 0 { try await runner.record(.resumed, &machine) }
        if attempt > 0, aborting, machine.direction == .forward, machine.canTurn {
          try await runner.record(.turned(reason: "aborted"), &machine)
        }
        try await runner.run(&machine)
        if machine.ending != nil { break }
      } catch {}
    }
    machine = try SwapMachine(replaying: await log.records)
    return (machine.ending, machine, await log.records)
  }

  private actor Log {
    var records: [JournalRecord]
    init(_ records: [JournalRecord]) { self.records = records }
    func append(_ record: JournalRecord) { records.append(record) }
  }

  private final class Countdown: Sendable {
    private let left: Mutex<Int>
    init(_ left: Int) { self.left = Mutex(left) }
    func isOver() -> Bool {
      left.withLock { left in
        left -= 1
        return left == -1
      }
    }
  }

  private func judge(
    _ world: SimulatedWorld, _ before: SimulatedWorld.State, _ machine: SwapMachine, _ shape: Shape,
    _ label: String
  ) {
    let state = world.state
    let (violations, acknowledged) = world.inner.withLock { ($0.violations, $0.acknowledged) }
    #expect(violations == [], "\(label)")
    #expect(state.databases["live"]?.rows == acknowledged, "\(label): rows were lost or doubled")
    #expect(!state.isHolding, "\(label)")
    if machine.ending == .completed, shape.scenario == .liveToLive {
      #expect(Set(state.servers.keys) == ["logic-2-1", "logic-2-2"], "\(label)")
      #expect(state.servers.values.allSatisfy { $0.state == .ready }, "\(label)")
      #expect(state.pools == ["logic-2": ["logic-2-1", "logic-2-2"]], "\(label)")
      #expect(state.access == ["logic-2": ["live": .write]], "\(label)")
      #expect(state.databases.keys.sorted() == ["live"], "\(label)")
      #expect(state.databases["live"]?.schema == (shape.migrates ? 2 : 1), "\(label)")
      #expect(!state.archives.isEmpty && state.idle.isEmpty, "\(label)")
    } else {
      var wanted = before
      wanted.databases["live"]?.rows = acknowledged
      if machine.hasServed, shape.migrates, machine.phases.count > 0 {
        wanted.databases["live"]?.schema = state.databases["live"]?.schema ?? 0
      }
      wanted.archives = state.archives
      wanted.isWitnessed = state.isWitnessed
      for name in wanted.servers.keys { wanted.servers[name]?.weight = state.servers[name]?.weight ?? 0 }
      #expect(state == wanted, "\(label)")
    }
  }

  @Test(arguments: shapes) func `ends as planned where nothing goes wrong`(shape: Shape) async throws {
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("store"), creating: true)
    let world = Self.world(shape)
    let before = world.state
    let result = try await run(world, Self.plan(shape), store, aborting: false) { _ in nil }
    #expect(result.ending == .completed)
    judge(world, before, result.machine, shape, "no fault")
  }

  /// Every moment at which a kill can fall, and then `resume` or `abort`.
  @Test(arguments: shapes, [false, true])
  func `ends well after a kill at any moment`(shape: Shape, aborting: Bool) async throws {
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("store"), creating: true)
    var points = 0
    while true {
      let world = Self.world(shape)
      let before = world.state
      let result = try await run(world, Self.plan(shape), store, aborting: aborting) { attempt in
        attempt == 0 ? points : nil
      }
      let resumed = result.records.contains { $0.event == .resumed }
      judge(world, before, result.machine, shape, "killed at \(points)")
      #expect(result.ending == .completed || aborting)
      #expect(result.ending != nil)
      if !resumed { break }
      points += 1
    }
    #expect(points > 4 * Self.plan(shape).steps.count - 4)
  }

  @Test(arguments: shapes) func `ends well under random faults and kills`(shape: Shape) async throws {
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("store"), creating: true)
    for seed in 0..<(SwapRig.isWhole ? 1500 : 100) {
      var random = SplitMix(UInt64(seed))
      let counts = (Int.random(in: 1...3, using: &random), 2)
      let world = Self.world(shape, blueCount: counts.0)
      let before = world.state
      let faults = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        (
          Int.random(in: 0..<90, using: &random),
          SimulatedWorld.Fault(isAfterEffect: Bool.random(using: &random))
        )
      }
      world.inner.withLock { $0.faults = Dictionary(faults) { first, _ in first } }
      let aborting = Int.random(in: 0..<4, using: &random) == 0
      let plan = Self.plan(shape, blueCount: counts.0)
      // Faults and kills end some day.
      let result = try await run(world, plan, store, aborting: aborting) { attempt in
        attempt < 40 ? Int.random(in: 0..<400, using: &random) : nil
      }
      #expect(result.ending != nil, "seed \(seed) did not end")
      judge(world, before, result.machine, shape, "seed \(seed)")
    }
  }
}
