/// What spreads requests over instances: a provider of swaps.
///
/// Every call may be repeated: it says what shall be, not what to change. A call with an effect first makes sure that no
/// later epoch than its own has claimed the balancer.
package protocol LoadBalancer: Sendable {
  /// Makes the balancer run where it's ours to run, and claims it for an epoch.
  /// - Throws: `locked` where a later epoch has it.
  func claim(epoch: Int) async throws

  /// The servers of the backend, in the order of their names.
  func servers() async throws -> [BalancedServer]

  /// Makes the server known and has its health checked; it gets no requests yet.
  func add(_ name: String, port: UInt16) async throws

  /// Waits until the server passes its health check, and has it take requests with that weight of 0 to 256.
  /// - Throws: `checkFailed` where it doesn't become healthy within `patience`.
  func enable(_ name: String, weight: Int, patience: Duration) async throws

  /// Gives the server no new requests, and waits until those that it has are answered.
  /// - Throws: `checkFailed` where some are left after `patience`; the server stays as it is, draining.
  func drain(_ name: String, patience: Duration) async throws

  /// Gives the server nothing any more, and ends the requests that it hasn't answered: whoever sent them sees an error.
  /// Those that wait for a place with it go to another.
  /// - Returns: how many were ended.
  func cutOff(_ name: String) async throws -> Int

  /// Makes the server unknown. It's no error where it is that already.
  func remove(_ name: String) async throws

  /// Has requests wait instead of going to a server, for `limit` at most, after which they go on as before; then waits until
  /// the servers have answered those that they had.
  /// - Throws: `checkFailed` where some are left after `patience`; requests are held on.
  func hold(limit: Duration, patience: Duration) async throws

  /// Lets the requests that wait go on.
  func release() async throws

  var isHolding: Bool { get async throws }
}

/// A server as a load balancer knows it.
package struct BalancedServer: Codable, Sendable, Hashable {
  package enum State: String, Codable, Sendable {
    /// Takes requests.
    case ready
    /// Answers those that it has, takes no new ones.
    case drain
    /// Gets none.
    case maintenance
  }

  package var name: String
  /// Of 127.0.0.1.
  package var port: UInt16
  package var state: State
  package var weight: Int
  /// Whether its last health check passed.
  package var isHealthy: Bool
  /// Whether it gets no requests since three checks in a row have failed.
  package var isDown: Bool
  /// Requests that it is answering.
  package var sessions: Int

  package init(
    name: String, port: UInt16, state: State, weight: Int, isHealthy: Bool, isDown: Bool, sessions: Int
  ) {
    self.name = name
    self.port = port
    self.state = state
    self.weight = weight
    self.isHealthy = isHealthy
    self.isDown = isDown
    self.sessions = sessions
  }
}
