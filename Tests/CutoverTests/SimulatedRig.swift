import Cutover
import Essentials
import Synchronization

/// Servers and requests that are only thought of, behind a ``SimulatedBalancer``.
struct SimulatedRig: BalancerRig {
  let site = SimulatedSite()

  func open() async throws -> any LoadBalancer { SimulatedBalancer(site) }
  func server(_ release: String) async throws -> UInt16 { await site.start(release) }
  func set(healthy: Bool, _ release: String) async throws { await site.set(healthy: healthy, release) }

  func request() async throws -> String {
    guard let port = try await site.admit() else { return "" }
    return await site.answer(port)
  }

  func begin(at release: String) async throws {
    while let port = try await site.admit() {
      if await site.keep(port, for: release) { return }
      _ = await site.answer(port)
    }
  }

  func finish(_ release: String) async throws -> String { await site.finish(release) }
  var waiting: Int { get async throws { await site.waiting } }
}

/// What is the same for all who speak to one balancer.
actor SimulatedSite {
  struct Entry {
    var port: UInt16
    var state: BalancedServer.State
    var weight: Int
    var sessions = 0
  }

  var epoch = 0
  var entries: [String: Entry] = [:]
  var holdEnd: ContinuousClock.Instant?
  private(set) var waiting = 0
  private var releases: [UInt16: String] = [:]
  private var sick: Set<UInt16> = []
  private var kept: [String: UInt16] = [:]
  private var turn = 0

  func start(_ release: String) -> UInt16 {
    let port = UInt16(releases.count + 1)
    releases[port] = release
    return port
  }

  func set(healthy: Bool, _ release: String) {
    for (port, name) in releases where name == release {
      if healthy { sick.remove(port) } else { sick.insert(port) }
    }
  }

  var isHolding: Bool { holdEnd.map { $0 > .now } ?? false }
  func isHealthy(_ port: UInt16) -> Bool { releases[port] != nil && !sick.contains(port) }

  /// Waits while requests are held, and gives one to a server; nil where none is ready.
  func admit() async throws -> UInt16? {
    waiting += 1
    defer { waiting -= 1 }
    while isHolding { try await Task.sleep(for: .milliseconds(1)) }
    let ready = entries.filter { $0.value.state == .ready && $0.value.weight > 0 && isHealthy($0.value.port) }
      .keys.sorted()
    guard !ready.isEmpty else { return nil }
    turn += 1
    let name = ready[turn % ready.count]
    entries[name]?.sessions += 1
    return entries[name]?.port
  }

  func answer(_ port: UInt16) -> String {
    for name in entries.keys where entries[name]?.port == port { entries[name]?.sessions -= 1 }
    return releases[port] ?? ""
  }

  func keep(_ port: UInt16, for release: String) -> Bool {
    guard releases[port] == release else { return false }
    kept[release] = port
    return true
  }

  func finish(_ release: String) -> String { kept.removeValue(forKey: release).map(answer) ?? "" }

  /// Makes a change for who has claimed the balancer for `epoch`.
  func change<Result: Sendable>(
    _ epoch: Int, _ body: @Sendable (isolated SimulatedSite) throws -> Result
  ) throws -> Result {
    guard epoch >= self.epoch else { throw Diagnostic(.locked, "claimed for epoch \(self.epoch)") }
    return try body(self)
  }

  func look(_ body: @Sendable (isolated SimulatedSite) throws -> Bool) rethrows -> Bool { try body(self) }
}
