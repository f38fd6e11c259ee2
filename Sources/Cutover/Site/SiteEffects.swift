import Essentials
import Images
import Pools
package import Storage

/// What steps do to a site's balancer, database and pools.
package struct SiteEffects: SwapEffects {
  package var balancer: any LoadBalancer
  /// Nil where instances have their data to themselves.
  package var database: (any Database)?
  package var machines: any Machines
  package var witness: any TrafficWitness
  package var hooks: any HookRunner
  package var store: Store
  /// Keeps a root of the store.
  package var keep: @Sendable (Root) throws -> Void
  package var limits: SwapLimits

  package init(
    balancer: any LoadBalancer, database: (any Database)?, machines: any Machines,
    witness: any TrafficWitness, hooks: any HookRunner, store: Store, limits: SwapLimits
  ) {
    self.balancer = balancer
    self.database = database
    self.machines = machines
    self.witness = witness
    self.hooks = hooks
    self.store = store
    keep = { root in try store.keep(root) }
    self.limits = limits
  }

  /// Makes balancer and database run, and ours.
  package func claim(epoch: Int) async throws {
    try await balancer.claim(epoch: epoch)
    try await database?.claim(epoch: epoch)
  }

  // MARK: What steps share

  /// The database of a step that needs one.
  func required() throws(Diagnostic) -> any Database {
    guard let database else {
      throw Diagnostic(
        .usage, "the swap was planned with a database, and the site has none now",
        hints: ["put the site's settings back as they were when the swap began"])
    }
    return database
  }

  func servers(of pool: String) async throws -> [BalancedServer] {
    try await balancer.servers().filter { Self.pool(of: $0.name) == pool }
  }

  /// `logic-3` of the instance `logic-3-1`.
  static func pool(of instance: String) -> String {
    String(instance[..<(instance.lastIndex(of: "-") ?? instance.endIndex)])
  }

  func enter(_ pool: String, weight: Int = 100) async throws {
    let instances = try await machines.instances(of: pool)
    guard !instances.isEmpty else {
      throw Diagnostic(.checkFailed, "no instance of \(pool) runs, so none can take requests")
    }
    for instance in instances { try await balancer.add(instance.name, port: instance.port) }
    for instance in instances {
      try await balancer.enable(instance.name, weight: weight, patience: limits.check)
    }
  }

  func leave(_ pool: String) async throws {
    for server in try await servers(of: pool) {
      try await balancer.drain(server.name, patience: limits.drain)
    }
  }

  /// Has what goes back done, and where the pool's instances don't answer in time for that, ends their requests: the way
  /// back must not wait for a release that hangs.
  /// - Returns: facts for the journal.
  func insist(_ pool: String, _ body: () async throws -> Void) async throws -> [String: String] {
    do {
      try await body()
      return [:]
    } catch let late as Diagnostic where late.category == .checkFailed {
      var count = 0
      for server in try await servers(of: pool) { count += try await balancer.cutOff(server.name) }
      return ["unanswered requests of \(pool)": "\(count), ended"]
    }
  }

  /// Takes the pool's servers out of the balancer for good.
  func forget(_ pool: String) async throws {
    for server in try await servers(of: pool) {
      try await balancer.drain(server.name, patience: limits.drain)
      try await balancer.remove(server.name)
    }
  }

  func order(_ duty: MachineDuty, _ pool: String) async throws {
    let limit = duty == .finish ? limits.finish : limits.order
    for instance in try await machines.instances(of: pool) {
      try await machines.order(duty, instance, of: pool, patience: limit)
    }
  }

  /// Gives `percent` of the requests to one pool and the others to another.
  func share(_ percent: Int, _ pool: String, _ other: String) async throws {
    let mine = try await machines.instances(of: pool)
    let others = try await servers(of: other).filter { $0.state == .ready }
    guard !mine.isEmpty, !others.isEmpty else { return try await enter(pool) }
    // The larger of both weights is what HAProxy takes at most.
    let left = Double(percent) / Double(mine.count)
    let right = Double(100 - percent) / Double(others.count)
    let scale = 256 / max(left, right)
    try await enter(pool, weight: max(1, Int((left * scale).rounded())))
    for server in others {
      try await balancer.enable(
        server.name, weight: max(1, Int((right * scale).rounded())), patience: limits.check)
    }
  }
}

/// How long things may take.
package struct SwapLimits: Codable, Sendable, Hashable {
  /// Requests wait no longer than this; then they go on as before.
  package var hold = Duration.seconds(60)
  /// For requests and transactions that are under way.
  package var drain = Duration.seconds(30)
  package var check = Duration.seconds(60)
  /// For a unit that idles, works or migrates.
  package var order = Duration.seconds(300)
  /// For the tasks that blue has left.
  package var finish = Duration.seconds(900)

  package init() {}
}
