package import Essentials
import Glibc
import Synchronization
import SystemPackage

/// HAProxy 2.6 or newer, through its runtime socket.
///
/// The configuration is written before each change, so that a HAProxy that ends at any moment comes back with what was
/// wanted last. One of our own that is found dead is started again by whatever call finds it so, once claimed.
///
/// An epoch is checked and the change made under a lock (flock(2)) on the folder of the socket: among the processes of
/// hardtack, wherever they run, the two are one step, and a process that is stopped in between keeps the others out.
/// HAProxy itself has the epoch too and refuses holds of an earlier one; what others tell it by the socket it does.
package struct HAProxy: LoadBalancer {
  package let settings: HAProxySettings
  /// The folders where haproxy is looked for.
  let searchPath: String
  let claimed = Claim()

  /// The epoch that this value and its copies have claimed it for.
  final class Claim: Sendable {
    private let value = Atomic(-1)
    var epoch: Int? {
      let epoch = value.load(ordering: .acquiring)
      return epoch < 0 ? nil : epoch
    }
    func set(_ epoch: Int) { value.store(epoch, ordering: .releasing) }
  }

  /// - Parameter path: the folders where haproxy is looked for; Debian has it in one that isn't in an ordinary user's
  ///   `PATH`.
  package init(
    _ settings: HAProxySettings,
    path: String = (getenv("PATH").map { String(cString: $0) } ?? "") + ":/usr/sbin"
  ) throws(Diagnostic) {
    searchPath = path
    for (what, text) in [
      ("backend", settings.backend), ("path of a health check", settings.check.path),
      ("host of a health check", settings.check.host),
    ] {
      let isName = what == "backend" ? Self.isName(text) : Self.isWord(text)
      guard isName else { throw Diagnostic(.usage, "'\(text.printable)' can't be the \(what)") }
    }
    if case .embedded(let address, _) = settings.kind {
      var number = in_addr()
      guard inet_pton(AF_INET, address, &number) == 1 else {
        throw Diagnostic(.usage, "'\(address.printable)' is no IPv4 address to listen at")
      }
    }
    self.settings = settings
  }

  package func claim(epoch: Int) async throws {
    guard epoch >= 0 else { throw Diagnostic(.bug, "\(epoch) is no epoch") }
    if case .embedded = settings.kind { try DurableFile.createFolder(settings.folder, mode: 0o700) }
    try await locked {
      var record = try HAProxyRecord(readFrom: settings.file) ?? HAProxyRecord(settings)
      try refuse(epoch, because: record.epoch)
      record.epoch = epoch
      // What servers are asked can't be changed while it runs; a release that wants another path answers both for once.
      if case .embedded = settings.kind, try await isRunning() {
        try checkUnchanged(record)
      } else {
        record.check = settings.check
        record.listen = HAProxyRecord(settings).listen
      }
      // Without its file a HAProxy of the user's can't even be set up; so that comes before it's asked.
      if case .embedded = settings.kind {
        if try await !isRunning() { try await start(record) }
      } else if try HAProxyRecord(readFrom: settings.file) == nil {
        try write(record)
      }
      try refuse(epoch, because: try await holdState().epoch)
      record = try await current(record)
      try write(record)
      _ = try await hardtack("claim", "\(epoch)")
      claimed.set(epoch)
    }
  }

  package func servers() async throws -> [BalancedServer] {
    let record = try HAProxyRecord(readFrom: settings.file) ?? HAProxyRecord(settings)
    // A HAProxy that has just started, or was just told of a server, knows nothing of its health for half a second.
    let deadline = ContinuousClock.now + .seconds(2)
    while true {
      let state = try await state()
      if state.servers.contains(where: \.isUnchecked), ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
        continue
      }
      return state.servers.map { server in
        let known = record.wanted(of: server)
        return BalancedServer(
          name: server.name, port: server.port, state: known.state, weight: known.weight,
          isHealthy: server.isHealthy, isDown: server.isDown, sessions: server.sessions)
      }.sorted { $0.name < $1.name }
    }
  }

  package func add(_ name: String, port: UInt16) async throws {
    guard Self.isName(name), port > 0 else {
      throw Diagnostic(.usage, "'\(name.printable)', port \(port), can't be a server of a load balancer")
    }
    try await change { record in
      if let known = record.servers.first(where: { $0.name == name }) {
        guard known.port == port else {
          throw Diagnostic(
            .failed, "the balancer knows the server '\(name)' with the port \(known.port), not \(port)",
            hints: ["remove it first"])
        }
        guard known.state == .maintenance else { return }
      } else {
        record.servers.append(.init(name: name, port: port, state: .drain, weight: 1))
      }
      record.update(name) { $0.state = .drain }
      let server = "\(settings.backend)/\(name)"
      try write(record)
      let isKnown = try await state().servers.contains { $0.name == name }
      if !isKnown {
        let answer = try await ask(
          "add server \(server) 127.0.0.1:\(port) \(HAProxyRecord.Server.options(settings)) weight 1")
        guard answer == "New server registered." else { throw refused("to add the server '\(name)'", answer) }
      }
      try await tell("enable health \(server)")
      try await tell("set server \(server) state drain")
    }
  }

  package func cutOff(_ name: String) async throws -> Int {
    try await change { record in
      _ = try record.server(name)
      let count = try await state().servers.first { $0.name == name }?.sessions ?? 0
      record.update(name) { $0.state = .maintenance }
      try write(record)
      try await tell("set server \(settings.backend)/\(name) state maint")
      try await tell("shutdown sessions server \(settings.backend)/\(name)")
      return count
    }
  }

  package func remove(_ name: String) async throws {
    guard try await state().servers.contains(where: { $0.name == name }) else {
      // It may still be written where a call before this one was cut off.
      return try await change { record in
        record.servers.removeAll { $0.name == name }
        try write(record)
      }
    }
    let deadline = ContinuousClock.now + .seconds(2)
    while true {
      let isDone = try await change { record in
        guard record.servers.contains(where: { $0.name == name }) else { return true }
        record.update(name) { $0.state = .maintenance }
        var without = record
        without.servers.removeAll { $0.name == name }
        try write(record)
        try await tell("set server \(settings.backend)/\(name) state maint")
        let answer = try await ask("del server \(settings.backend)/\(name)")
        // "Server still has connections attached to it, cannot remove it."
        guard answer == "Server deleted." else {
          guard answer.contains("still has connections") else {
            throw refused("to remove the server '\(name)'", answer)
          }
          return false
        }
        try write(without)
        return true
      }
      if isDone { return }
      guard ContinuousClock.now < deadline else {
        let left = try await state().servers.first { $0.name == name }?.sessions ?? 0
        throw Diagnostic(
          .checkFailed, "the server '\(name)' still has \(left) \(left == 1 ? "request" : "requests")",
          hints: ["drain it, then remove it"])
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  package func release() async throws {
    try await change { record in
      record.hold = nil
      try write(record)
      _ = try await hardtack("release", "\(record.epoch)")
    }
  }

  package var isHolding: Bool { get async throws { try await holdState().left > 0 } }

  /// How many requests wait because of a hold.
  package var waiting: Int { get async throws { try await holdState().waiting } }
}
