import Essentials

/// The calls that wait for something; no lock is held meanwhile.
extension HAProxy {
  package func enable(_ name: String, weight: Int, patience: Duration) async throws {
    guard (0...256).contains(weight) else {
      throw Diagnostic(.usage, "a server's weight is 0 to 256, not \(weight)")
    }
    try await change { record in
      guard try record.server(name).state == .maintenance else { return }
      record.update(name) { $0.state = .drain }
      try write(record)
      try await tell("enable health \(settings.backend)/\(name)")
      try await tell("set server \(settings.backend)/\(name) state drain")
    }
    let check = try HAProxyRecord(readFrom: settings.file)?.check ?? settings.check
    try await wait(patience) { state in
      guard let server = state.servers.first(where: { $0.name == name }) else {
        throw Diagnostic(.failed, "the server '\(name)' was removed meanwhile")
      }
      guard !server.isHealthy else { return nil }
      return Diagnostic(
        .checkFailed, "the server '\(name)' (127.0.0.1:\(server.port)) isn't healthy after \(patience)",
        notes: [
          "  the last check of \(check.path): \(server.isUnchecked ? "none yet" : server.check)"
        ],
        hints: [
          "ask it yourself: curl -H 'Host: \(check.host)' 127.0.0.1:\(server.port)\(check.path)"
        ])
    }
    try await change { record in
      _ = try record.server(name)
      record.update(name) {
        $0.state = .ready
        $0.weight = weight
      }
      try write(record)
      // The weight comes first: at no moment does it take more than its share.
      try await tell("set weight \(settings.backend)/\(name) \(weight)")
      try await tell("set server \(settings.backend)/\(name) state ready")
      // HAProxy 2.6 doesn't give a server that leaves `drain` what waits in the backend's queue, and each request that
      // comes waits behind it; it looks there only when a server in use has answered one, and the last of those may be
      // about to drain. This has it look now.
      try await tell("set maxconn server \(settings.backend)/\(name) \(settings.requests)")
    }
  }

  package func drain(_ name: String, patience: Duration) async throws {
    try await change { record in
      let known = try record.server(name)
      record.update(name) { if $0.state == .ready { $0.state = .drain } }
      try write(record)
      if known.state != .maintenance {
        try await tell("set server \(settings.backend)/\(name) state drain")
        try await tell("set weight \(settings.backend)/\(name) \(known.weight)")
      }
    }
    try await waitUntilIdle(patience, "the server '\(name)'") { state in
      state.servers.first { $0.name == name }?.sessions ?? 0
    }
  }

  package func hold(limit: Duration, patience: Duration) async throws {
    let milliseconds = Int64(limit / .milliseconds(1))
    guard milliseconds > 0, milliseconds <= 3_600_000 else {
      throw Diagnostic(.usage, "requests can be held for a millisecond to an hour, not for \(limit)")
    }
    try await change { record in
      record.hold = .init(ends: Self.now + milliseconds, limit: milliseconds)
      try write(record)
      _ = try await hardtack("hold", "\(record.epoch) \(milliseconds)")
    }
    try await waitUntilIdle(patience, "the servers") { state in
      state.servers.reduce(state.queued) { $0 + $1.sessions }
    }
  }

  /// Waits until `count` was 0 twice in a row. HAProxy counts a request with its server (`scur`) from when the server is
  /// chosen until it's answered, idle connections not at all. With several threads, a request may for some microseconds
  /// be past the hold, or past the choice, and not be counted yet; hence the second look.
  private func waitUntilIdle(
    _ patience: Duration, _ what: String, _ count: @Sendable (HAProxyState) -> Int
  ) async throws {
    var wasIdle = false
    try await wait(patience) { state in
      let left = count(state)
      let isIdle = left == 0 && wasIdle
      wasIdle = left == 0
      guard !isIdle else { return nil }
      return Diagnostic(
        .checkFailed,
        "after \(patience) \(what) still had \(left) \(left == 1 ? "request" : "requests") to answer",
        hints: ["give them longer, or end them in the instance"])
    }
  }

  /// Waits until `obstacle` finds none.
  private func wait(
    _ patience: Duration, _ obstacle: (HAProxyState) throws -> Diagnostic?
  ) async throws {
    let deadline = ContinuousClock.now + patience
    while true {
      // Read before the state: what is seen after the deadline still counts.
      let isLast = ContinuousClock.now >= deadline
      guard let failure = try obstacle(try await state()) else { return }
      if isLast { throw failure }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}
