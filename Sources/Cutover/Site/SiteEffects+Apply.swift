import Essentials
import Images
import Pools
import Storage

extension SiteEffects {
  package func apply(_ step: Step, of swap: SwapMachine) async throws -> [String: String] {
    switch step {
    case .prepare: try await prepare(swap.plan)
    case .witness: try await witness.start()
    case .copyLive(let copy):
      let database = try required()
      try await database.clone(database.live, to: copy)
      return ["copied": "\(try await database.checksum(of: copy))"]
    case .compareLive:
      let database = try required()
      let isSame = "\(try await database.checksum(of: database.live))" == swap.facts["copied"]
      return ["live": isSame ? "as it was copied" : "written to since it was copied, by what uses it"]
    case .grant(let access, let pool, _, let name):
      try await required().grant(access, to: pool, on: name, patience: limits.drain)
    case .boot(let deployment, let count, _, let isTest, let name, let standby):
      try await boot(deployment, count, role: isTest ? .test : .live, name, standby: standby)
    case .migrate(let pool, let name, let kept): return try await migrate(pool, name, kept, swap)
    case .check(let pool): try await machines.check(pool)
    case .hook(let point, let command):
      try await hooks.run(command, HookContext(point: point, swap, try await balancer.servers()))
    case .idle(let pool): try await order(.idle, pool)
    case .work(let pool): try await order(.work, pool)
    case .hold: try await balancer.hold(limit: limits.hold, patience: limits.drain)
    case .release: try await balancer.release()
    case .keep(let copy):
      guard Self.migrates(swap) else { return ["kept": "no"] }
      let database = try required()
      try await database.duplicate(database.live, to: copy)
    case .enter(let pool): try await enter(pool)
    case .leave(let pool): try await leave(pool)
    case .share(let percent, let pool, let other): try await share(percent, pool, other)
    case .watch(let seconds): return try await watch(seconds, swap)
    case .confirm: break
    case .archive(let copy): return try await archive(copy, swap)
    case .shrink(let deployment, let count, _): try await shrink(deployment.pool, to: count)
    case .finish(let pool):
      try await order(.work, pool)
      try await order(.finish, pool)
    case .stop(let pool):
      try await forget(pool)
      // Without a database, the data are there.
      try await machines.stop(pool, keepingState: database == nil)
    case .evict(let pool): try await required().evict(pool)
    case .drop(let name): try await required().drop(name)
    case .endWitness: return try await endTraffic()
    case .takeAddress(let address, _): try await address.take()
    case .leaveAddress(let address): try await address.leave()
    }
    return [:]
  }

  private func prepare(_ plan: Plan) async throws {
    guard let blue = plan.blue else { return }
    let servers = try await servers(of: blue.pool)
    let ready = servers.filter { $0.state == .ready }
    guard !ready.isEmpty else {
      throw Diagnostic(
        .checkFailed, "the live pool \(blue.pool) takes no requests",
        hints: ["look at it with 'hardtack pools' and 'hardtack swap status'"])
    }
    if let sick = ready.first(where: \.isDown) {
      throw Diagnostic(
        .checkFailed, "the live instance \(sick.name) isn't healthy, so a swap has no way back",
        hints: ["look at it with 'hardtack logs \(sick.name)'"])
    }
  }

  func boot(
    _ deployment: Deployment, _ count: Int, role: Role, _ database: String?, standby: Bool
  ) async throws {
    var request = MachineRequest(deployment: deployment, count: count, role: role, standby: standby)
    if let database {
      let provider = try required()
      let server = try await provider.endpoint
      request.database = MachineDatabase(
        url: try await provider.url(of: deployment.pool, on: database, host: machines.databaseAddress),
        host: server.host, port: server.port)
    }
    try await machines.boot(request)
    guard role == .live else { return }
    // Its first health check is over when requests are held for it.
    for instance in try await machines.instances(of: deployment.pool) {
      try await balancer.add(instance.name, port: instance.port)
    }
  }

  /// Whether the release changes the database: a rehearsal may have shown that it doesn't.
  static func migrates(_ swap: SwapMachine) -> Bool { swap.facts["migrates"] != "no" }

  private func migrate(
    _ pool: String, _ name: String, _ kept: String?, _ swap: SwapMachine
  ) async throws -> [String: String] {
    if kept != nil, !Self.migrates(swap) { return [:] }
    guard let instance = try await machines.instances(of: pool).first else {
      throw Diagnostic(.checkFailed, "no instance of \(pool) runs, so none can migrate \(name)")
    }
    let database = try required()
    // A migration that waits for a lock has everybody wait behind it.
    try await database.limit(pool, on: name, lock: limits.drain, statement: limits.order)
    try await machines.order(.migrate, instance, of: pool, patience: limits.order)
    try await database.limit(pool, on: name, lock: nil, statement: nil)
    // Only a rehearsal has the time to look.
    guard pool.hasSuffix(Plan.testSuffix), let before = swap.facts["copied"] else { return [:] }
    return ["migrates": "\(try await database.checksum(of: name))" == before ? "no" : "yes"]
  }

  private func archive(_ copy: String, _ swap: SwapMachine) async throws -> [String: String] {
    let database = try required()
    // Where nothing was migrated no copy was kept; the live database itself doesn't hold still for a comparison.
    let isMissing = try await !database.exists(copy)
    let still = isMissing || copy == database.live ? Self.archived(database, swap.plan) : copy
    if still != copy { try await database.clone(database.live, to: still) }
    let digest = try await database.archive(still, into: store)
    try keep(Root(.archive, "\(swap.plan.site)-\(swap.plan.number)", digests: [digest]))
    if still != copy { try await database.drop(still) }
    return ["archive": "\(digest)"]
  }

  /// The copy that's made to be archived, where none is there.
  static func archived(_ database: any Database, _ plan: Plan) -> String {
    "\(database.live)_archive_\(plan.number)"
  }

  /// The last instances go, each after it has left the balancer and finished its tasks.
  func shrink(_ pool: String, to count: Int) async throws {
    for instance in try await machines.instances(of: pool).dropFirst(count) {
      try await balancer.drain(instance.name, patience: limits.drain)
      try await balancer.remove(instance.name)
      try await machines.order(.finish, instance, of: pool, patience: limits.finish)
      try await machines.stop(instance, of: pool)
    }
  }
}
