package import Essentials
import Images
package import Pools
package import Storage
import SystemPackage

/// Pools of virtual machines on this host.
package struct PoolMachines: Machines {
  private let pools: PoolStore
  private let store: Store
  private let secrets: SecretValues
  private let memory: Int
  private let processors: Int
  private let progress: Progress

  /// - Parameters:
  ///   - memory: each instance's, in MiB.
  ///   - processors: each instance's.
  package init(
    pools: PoolStore, store: Store, secrets: SecretValues, memory: Int, processors: Int, progress: Progress
  ) {
    self.pools = pools
    self.store = store
    self.secrets = secrets
    self.memory = memory
    self.processors = processors
    self.progress = progress
  }

  /// The name of the service by which guests reach the database.
  private static let database = "database"

  package var databaseAddress: String { "\(Reach.address):\(SwapSession.databasePort)" }

  package func boot(_ request: MachineRequest) async throws {
    let pool = request.deployment.pool
    if let status = try await status(pool) {
      let running = status.instances.filter { $0.state == .running }.count
      if status.state == .running, running >= request.count { return }
      if status.state == .running {
        var more = try await bootRequest(request)
        more.count = request.count - running
        try await pools.grow(pool, with: more, store: store, progress: progress)
        return
      }
      // What is left of a start that was cut off, or of machines that died.
      try await stop(pool, keepingState: true)
    }
    try await pools.boot(try await bootRequest(request), store: store, progress: progress)
  }

  private func bootRequest(_ request: MachineRequest) async throws -> BootRequest {
    let image = try Image.find("\(request.deployment.image)", in: store)
    var boot = BootRequest(image: try BootImage(image, in: store))
    boot.name = request.deployment.pool
    boot.release = request.deployment.release
    boot.role = request.role
    boot.count = request.count
    boot.memory = memory
    boot.processors = processors
    boot.standby = request.standby && boot.image.machine.swap?.standby != nil
    boot.awaitsSanity = false
    boot.secrets = try await values(request)
    boot.storePath = store.root.string
    if let database = request.database {
      let host = database.host.contains(":") ? "[\(database.host)]" : database.host
      boot.reach = [
        try Reach(parsing: "\(Self.database):\(SwapSession.databasePort)=\(host):\(database.port)")
      ]
    }
    return boot
  }

  private func values(_ request: MachineRequest) async throws -> [String: Secret] {
    var values = try await secrets.all()
    if let database = request.database { values[SwapSession.databaseValue] = database.url }
    return values
  }

  private func status(_ pool: String) async throws -> PoolStatus? {
    guard try pools.names().contains(pool) else { return nil }
    return try await pools.status(of: pool, probing: false)
  }

  package func instances(of pool: String) async throws -> [MachineInstance] {
    guard let status = try await status(pool) else { return [] }
    return status.instances.filter { $0.state == .running }.compactMap { instance in
      instance.forwards.first { $0.guest == 80 }.map { MachineInstance(name: instance.name, port: $0.host) }
    }
  }

  package func check(_ pool: String) async throws {
    guard try await !instances(of: pool).isEmpty else {
      throw Diagnostic(
        .checkFailed, "no instance of \(pool) runs", hints: ["see why with 'hardtack pools'"])
    }
    try await pools.waitUntilHealthy(pool)
  }

  package func order(
    _ duty: MachineDuty, _ instance: MachineInstance, of pool: String, patience: Duration
  ) async throws {
    let units = try pools.pool(pool).swap
    let order: UnitOrder? =
      switch duty {
      case .migrate: units?.migrate.map { UnitOrder.start($0) }
      case .idle: units?.standby.map { UnitOrder.start($0) }
      case .work: units?.standby.map { UnitOrder.stop($0) }
      case .finish: units?.finish.map { UnitOrder.start($0) }
      }
    guard let order else { return }
    try await pools.order(order, instance: instance.name, patience: patience)
  }

  package func stop(_ instance: MachineInstance, of pool: String) async throws {
    guard try await instances(of: pool).contains(instance) else { return }
    try await pools.stop(instance: instance.name, removing: true, store: store, progress: progress)
  }

  package func stop(_ pool: String, keepingState: Bool) async throws {
    guard try pools.names().contains(pool) else { return }
    try await pools.stop(pool, removing: !keepingState, store: store, progress: progress)
  }
}
