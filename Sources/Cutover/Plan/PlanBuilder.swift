/// Makes a plan's steps.
package struct PlanBuilder {
  private let request: PlanRequest
  private let green: Deployment
  private var steps: [Step] = []

  package static func plan(_ request: PlanRequest) -> Plan {
    var builder = PlanBuilder(request)
    switch request.scenario {
    case .liveToTest: builder.liveToTest()
    case .liveToLive: builder.liveToLive()
    case .takeDown: builder.takeDown()
    }
    return Plan(
      site: request.site, number: request.number, scenario: request.scenario, strategy: request.strategy,
      blue: request.blue, green: builder.green, steps: builder.steps)
  }

  private init(_ request: PlanRequest) {
    self.request = request
    green = Deployment(
      release: request.release, image: request.image, pool: "\(request.site)-\(request.number)",
      count: request.count)
  }

  /// The database that holds what the live one held before the migration.
  private var kept: String? { request.database.map { "\($0)_before_\(request.number)" } }

  private mutating func add(_ step: Step) { steps.append(step) }

  private mutating func hooks(_ point: HookPoint) {
    for command in request.hooks[point] ?? [] { add(.hook(point: point.rawValue, command: command)) }
  }

  // MARK: Scenarios

  private mutating func liveToTest() {
    add(.prepare)
    hooks(.start)
    if request.witnesses, request.blue != nil { add(.witness) }
    rehearse(confirming: request.confirms)
    if request.database != nil { add(.compareLive) }
    if request.witnesses, request.blue != nil { add(.endWitness) }
    hooks(.end)
  }

  private mutating func liveToLive() {
    add(.prepare)
    hooks(.start)
    guard let blue = request.blue else { return begin() }
    // A host that was started anew has lost it.
    if let address = request.address { add(.takeAddress(address, former: true)) }
    if request.witnesses { add(.witness) }
    if request.rehearses, request.database != nil { rehearse(confirming: false) }
    switch request.strategy {
    case .allAtOnce: switchAtOnce(from: blue)
    case .rolling: roll(from: blue)
    case .canary: shift(from: blue)
    }
    hooks(.switched)
    if request.strategy != .canary { add(.watch(seconds: request.watch)) }
    // Now that green does its own work, more may be wrong with it than before.
    add(.check(pool: green.pool))
    if request.confirms { add(.confirm) }
    retire(blue)
    if request.witnesses { add(.endWitness) }
    hooks(.end)
  }

  private mutating func takeDown() {
    guard let blue = request.blue else { return }
    if let address = request.address { add(.leaveAddress(address)) }
    if request.blueFinishes { add(.finish(pool: blue.pool)) }
    add(.stop(pool: blue.pool))
    if request.database != nil { add(.evict(pool: blue.pool)) }
  }

  /// Green on a copy of live data, in the role `test`: live knows nothing of it.
  private mutating func rehearse(confirming: Bool) {
    var rehearsal = green
    rehearsal.pool += Plan.testSuffix
    rehearsal.count = 1
    let copy = request.database.map { "\($0)_test_\(request.number)" }
    if let copy {
      add(.copyLive(to: copy))
      add(.grant(.write, pool: rehearsal.pool, former: .none, database: copy))
    }
    add(.boot(rehearsal, count: 1, former: 0, isTest: true, database: copy, standby: false))
    if let copy, request.migrates { add(.migrate(pool: rehearsal.pool, database: copy, kept: nil)) }
    add(.check(pool: rehearsal.pool))
    hooks(.rehearsed)
    if confirming { add(.confirm) }
    add(.stop(pool: rehearsal.pool))
    if let copy {
      add(.evict(pool: rehearsal.pool))
      add(.drop(database: copy))
    }
  }

  /// Where nothing is live yet.
  private mutating func begin() {
    if let database = request.database {
      add(.grant(.write, pool: green.pool, former: .none, database: database))
    }
    add(
      .boot(green, count: green.count, former: 0, isTest: false, database: request.database, standby: false))
    if let database = request.database, request.migrates {
      add(.migrate(pool: green.pool, database: database, kept: nil))
    }
    add(.check(pool: green.pool))
    hooks(.ready)
    add(.enter(pool: green.pool))
    if let address = request.address { add(.takeAddress(address, former: false)) }
    hooks(.switched)
    hooks(.end)
  }

  // MARK: Strategies

  private mutating func switchAtOnce(from blue: Deployment) {
    start(green.count)
    hooks(.ready)
    pause(blue, exclusively: true)
    if request.idles { add(.work(pool: green.pool)) }
  }

  private mutating func roll(from blue: Deployment) {
    start(1)
    hooks(.ready)
    if request.database != nil { pause(blue, exclusively: false) } else { add(.check(pool: green.pool)) }
    if request.idles { add(.work(pool: green.pool)) }
    for round in 1...max(green.count, blue.count) {
      if round > 1, round <= green.count {
        add(
          .boot(
            green, count: round, former: round - 1, isTest: false, database: request.database, standby: false)
        )
        add(.check(pool: green.pool))
      }
      if round <= green.count { add(.enter(pool: green.pool)) }
      if round < blue.count {
        add(.shrink(blue, count: blue.count - round, former: blue.count - round + 1))
      }
    }
    add(.leave(pool: blue.pool))
  }

  private mutating func shift(from blue: Deployment) {
    start(green.count)
    hooks(.ready)
    if request.database != nil { pause(blue, exclusively: false) } else { add(.check(pool: green.pool)) }
    if request.idles { add(.work(pool: green.pool)) }
    for share in request.shares {
      add(.share(share, pool: green.pool, other: blue.pool))
      add(.watch(seconds: request.watch))
    }
    add(.enter(pool: green.pool))
    add(.leave(pool: blue.pool))
    add(.watch(seconds: request.watch))
  }

  /// Green's instances beside blue, with the live database before them, of which they may change nothing.
  private mutating func start(_ count: Int) {
    if let database = request.database {
      add(.grant(.read, pool: green.pool, former: .none, database: database))
    }
    add(
      .boot(
        green, count: count, former: 0, isTest: false, database: request.database, standby: request.idles))
  }

  /// The time in which requests wait: blue writes no more, a copy is kept, the schema becomes green's.
  /// - Parameter exclusively: whether green alone writes from then on, and takes all requests; otherwise both do.
  private mutating func pause(_ blue: Deployment, exclusively: Bool) {
    if request.blueIdles { add(.idle(pool: blue.pool)) }
    add(.hold)
    if let database = request.database, let kept {
      add(.grant(.read, pool: blue.pool, former: .write, database: database))
      if request.migrates { add(.keep(copy: kept)) }
      add(.grant(.write, pool: green.pool, former: .read, database: database))
      if request.migrates { add(.migrate(pool: green.pool, database: database, kept: kept)) }
      if !exclusively { add(.grant(.write, pool: blue.pool, former: .read, database: database)) }
    }
    add(.check(pool: green.pool))
    hooks(.paused)
    if exclusively {
      add(.enter(pool: green.pool))
      add(.leave(pool: blue.pool))
    }
    add(.release)
    if !exclusively, request.blueIdles { add(.work(pool: blue.pool)) }
  }

  /// Blue's end, from which there is no way back.
  private mutating func retire(_ blue: Deployment) {
    let copy = request.migrates ? kept : request.database
    if let copy { add(.archive(copy: copy)) }
    if request.blueFinishes {
      if let database = request.database, request.strategy == .allAtOnce {
        add(.grant(.write, pool: blue.pool, former: .read, database: database))
      }
      add(.finish(pool: blue.pool))
    }
    add(.stop(pool: blue.pool))
    if request.database != nil { add(.evict(pool: blue.pool)) }
    if let kept, request.migrates { add(.drop(database: kept)) }
  }
}
