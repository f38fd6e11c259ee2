import Cutover
import Essentials
import Pools
import Storage
import Synchronization

/// Balancer, database, pools and clients in memory, with faults at will and with eyes on what must never be.
final class SimulatedWorld: Sendable {
  struct Content: Hashable {
    var schema: Int
    var rows: Int
  }

  struct State: Hashable {
    var servers: [String: BalancedServer] = [:]
    var isHolding = false
    var databases: [String: Content] = ["live": Content(schema: 1, rows: 0)]
    /// Pool and database, and what the one may do with the other.
    var access: [String: [String: DatabaseAccess]] = [:]
    /// Pool and the names of its instances.
    var pools: [String: Set<String>] = [:]
    var idle: Set<String> = []
    var roles: [String: Role] = [:]
    var archives: [Content] = []
    var isWitnessed = false
  }

  struct Fault: Hashable {
    var isAfterEffect: Bool
  }

  struct Inner {
    var state = State()
    /// Rows that clients were told are written.
    var acknowledged = 0
    var violations: [String] = []
    /// What happens at the n-th effect from now.
    var faults: [Int: Fault] = [:]
    var effects = 0
    var isDead = false
    /// Which schema each pool's code wants at least.
    var wanted: [String: Int] = [:]
  }

  let inner = Mutex(Inner())

  static let fault = Diagnostic(.failed, "a fault of the simulation")
  static let death = Diagnostic(.failed, "the process was killed")

  var state: State { inner.withLock { $0.state } }

  /// An effect: may fail before or after, and clients look in right behind it.
  func effect(_ body: (inout State) throws(Diagnostic) -> Void) throws(Diagnostic) {
    let failure: Diagnostic? = inner.withLock { inner in
      guard !inner.isDead else { return Self.death }
      let fault = inner.faults[inner.effects]
      inner.effects += 1
      if let fault, !fault.isAfterEffect { return Self.fault }
      do throws(Diagnostic) { try body(&inner.state) } catch { return error }
      Self.visit(&inner)
      return fault == nil ? nil : Self.fault
    }
    if let failure { throw failure }
  }

  /// A client asks each server that takes requests to write a row.
  private static func visit(_ inner: inout Inner) {
    let state = inner.state
    guard !state.isHolding else { return }
    let ready = state.servers.values.filter { $0.state == .ready && $0.weight > 0 }.map(\.name).sorted()
    guard !state.pools.isEmpty, !state.servers.isEmpty else { return }
    if ready.isEmpty { inner.violations.append("no server takes requests, and they aren't held") }
    for server in ready {
      let pool = SimulatedWorld.pool(of: server)
      guard state.pools[pool]?.contains(server) == true else {
        inner.violations.append("\(server) takes requests and doesn't run")
        continue
      }
      guard state.roles[pool] == .live else {
        inner.violations.append("\(server) rehearses and takes requests")
        continue
      }
      guard state.access[pool]?["live"] == .write else {
        inner.violations.append("\(server) takes requests and may not write")
        continue
      }
      guard let live = state.databases["live"], live.schema >= inner.wanted[pool] ?? 1 else {
        inner.violations.append("\(server) takes requests and finds an old schema")
        continue
      }
      inner.state.databases["live"]?.rows += 1
      inner.acknowledged += 1
    }
  }

  static func pool(of server: String) -> String {
    String(server[..<(server.lastIndex(of: "-") ?? server.endIndex)])
  }
}

extension SimulatedWorld: LoadBalancer {
  func claim(epoch: Int) async throws { try effect { _ in } }
  func servers() async throws -> [BalancedServer] { state.servers.values.sorted { $0.name < $1.name } }

  func add(_ name: String, port: UInt16) async throws {
    try effect { state in
      guard state.servers[name] == nil else { return }
      state.servers[name] = BalancedServer(
        name: name, port: port, state: .maintenance, weight: 100, isHealthy: true, isDown: false, sessions: 0)
    }
  }

  func enable(_ name: String, weight: Int, patience: Duration) async throws {
    try effect { state throws(Diagnostic) in
      guard state.pools[Self.pool(of: name)]?.contains(name) == true else {
        throw Diagnostic(.checkFailed, "\(name) isn't healthy")
      }
      state.servers[name]?.state = .ready
      state.servers[name]?.weight = weight
    }
  }

  func drain(_ name: String, patience: Duration) async throws {
    try effect { $0.servers[name]?.state = .drain }
  }

  func cutOff(_ name: String) async throws -> Int {
    try effect { $0.servers[name]?.state = .maintenance }
    return 0
  }
  func remove(_ name: String) async throws { try effect { $0.servers[name] = nil } }
  func hold(limit: Duration, patience: Duration) async throws { try effect { $0.isHolding = true } }
  func release() async throws { try effect { $0.isHolding = false } }
  var isHolding: Bool { get async throws { state.isHolding } }
}

extension SimulatedWorld: Machines {
  var databaseAddress: String { "127.0.0.1:5432" }

  func boot(_ request: MachineRequest) async throws {
    let pool = request.deployment.pool
    for number in 1...request.count {
      try effect { state in
        state.pools[pool, default: []].insert("\(pool)-\(number)")
        state.roles[pool] = request.role
        if request.standby { state.idle.insert(pool) }
      }
    }
  }

  func instances(of pool: String) async throws -> [MachineInstance] {
    (state.pools[pool] ?? []).sorted().map { MachineInstance(name: $0, port: 1) }
  }

  func check(_ pool: String) async throws {
    try effect { state throws(Diagnostic) in
      guard state.pools[pool]?.isEmpty == false else { throw Diagnostic(.checkFailed, "no instance") }
    }
  }

  func order(_ duty: MachineDuty, _ instance: MachineInstance, of pool: String, patience: Duration)
    async throws
  {
    let wanted = inner.withLock { $0.wanted[pool] ?? 1 }
    try effect { state throws(Diagnostic) in
      switch duty {
      case .idle: state.idle.insert(pool)
      case .work: state.idle.remove(pool)
      case .finish: break
      case .migrate:
        let database = state.roles[pool] == .test ? "live_test_\(pool.split(separator: "-")[1])" : "live"
        guard state.access[pool]?[database] == .write else {
          throw Diagnostic(.failed, "\(pool) may not migrate \(database)")
        }
        let schema = max(state.databases[database]?.schema ?? 0, wanted)
        state.databases[database]?.schema = schema
      }
    }
  }

  func stop(_ instance: MachineInstance, of pool: String) async throws {
    try effect { state in
      _ = state.pools[pool]?.remove(instance.name)
    }
  }

  func stop(_ pool: String, keepingState: Bool) async throws {
    try effect { state in
      state.pools[pool] = nil
      state.roles[pool] = nil
      state.idle.remove(pool)
    }
  }
}
