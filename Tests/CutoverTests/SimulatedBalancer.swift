import Cutover
import Essentials

/// A load balancer in memory.
actor SimulatedBalancer: LoadBalancer {
  private let site: SimulatedSite
  private var epoch = -1

  init(_ site: SimulatedSite) { self.site = site }

  func claim(epoch: Int) async throws {
    try await site.change(epoch) { $0.epoch = epoch }
    self.epoch = epoch
  }

  func servers() async throws -> [BalancedServer] {
    var servers: [BalancedServer] = []
    for (name, entry) in await site.entries.sorted(by: { $0.key < $1.key }) {
      servers.append(
        BalancedServer(
          name: name, port: entry.port, state: entry.state, weight: entry.weight,
          isHealthy: entry.state != .maintenance ? await site.isHealthy(entry.port) : false,
          sessions: entry.sessions))
    }
    return servers
  }

  func add(_ name: String, port: UInt16) async throws {
    try await site.change(epoch) { site in
      guard let known = site.entries[name] else {
        site.entries[name] = .init(port: port, state: .drain, weight: 1)
        return
      }
      guard known.port == port else { throw Diagnostic(.failed, "'\(name)' has the port \(known.port)") }
      if known.state == .maintenance { site.entries[name]?.state = .drain }
    }
  }

  func enable(_ name: String, weight: Int, patience: Duration) async throws {
    let epoch = epoch
    try await wait(patience, "'\(name)' isn't healthy") { site in
      try site.change(epoch) { site in
        guard let entry = site.entries[name] else { throw Diagnostic(.failed, "no server '\(name)'") }
        guard site.isHealthy(entry.port) else { return false }
        site.entries[name]?.state = .ready
        site.entries[name]?.weight = weight
        return true
      }
    }
  }

  func drain(_ name: String, patience: Duration) async throws {
    try await site.change(epoch) { site in
      guard site.entries[name] != nil else { throw Diagnostic(.failed, "no server '\(name)'") }
      if site.entries[name]?.state == .ready { site.entries[name]?.state = .drain }
    }
    try await wait(patience, "'\(name)' has requests") { $0.entries[name]?.sessions ?? 0 == 0 }
  }

  func remove(_ name: String) async throws {
    try await site.change(epoch) { site in
      guard site.entries[name]?.sessions ?? 0 == 0 else {
        throw Diagnostic(.checkFailed, "'\(name)' has requests")
      }
      site.entries[name] = nil
    }
  }

  func hold(limit: Duration, patience: Duration) async throws {
    try await site.change(epoch) { $0.holdEnd = .now + limit }
    try await wait(patience, "servers have requests") { site in
      site.entries.values.allSatisfy { $0.sessions == 0 }
    }
  }

  func release() async throws { try await site.change(epoch) { $0.holdEnd = nil } }

  var isHolding: Bool { get async throws { await site.isHolding } }

  private func wait(
    _ patience: Duration, _ obstacle: String, _ isDone: @Sendable (isolated SimulatedSite) throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now + patience
    while true {
      let isLast = ContinuousClock.now >= deadline
      if try await site.look(isDone) { return }
      if isLast { throw Diagnostic(.checkFailed, "after \(patience) \(obstacle)") }
      try await Task.sleep(for: .milliseconds(1))
    }
  }
}
