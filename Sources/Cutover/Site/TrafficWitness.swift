/// Traffic of our own through the balancer, and what it saw.
package protocol TrafficWitness: Sendable {
  /// Starts it, where it doesn't run.
  func start() async throws
  func stop() async throws
  /// What it saw from `begin` to `end`, in microseconds since 1970; nil where it saw nothing.
  func view(from begin: Int64, to end: Int64) async throws -> TrafficView?
}

/// What traffic saw for a while.
package struct TrafficView: Codable, Sendable, Hashable {
  package var requests: Int
  package var failures: Int
  /// In microseconds: half of the answers, and 99 of 100, took no longer.
  package var median: Int64
  package var p99: Int64

  package init(requests: Int, failures: Int, median: Int64, p99: Int64) {
    self.requests = requests
    self.failures = failures
    self.median = median
    self.p99 = p99
  }
}

/// Runs commands of the user's.
package protocol HookRunner: Sendable {
  /// - Throws: `checkFailed` where it ends with another exit code than 0, or doesn't end in time.
  func run(_ command: String, _ context: HookContext) async throws
}

/// What a hook reads from its standard input, as JSON.
package struct HookContext: Codable, Sendable, Hashable {
  package var point: String
  package var site: String
  package var number: Int
  package var scenario: Scenario
  package var strategy: Strategy
  package var blue: Deployment?
  package var green: Deployment
  package var servers: [BalancedServer]
  package var facts: [String: String]

  init(point: String, _ swap: SwapMachine, _ servers: [BalancedServer]) {
    self.point = point
    site = swap.plan.site
    number = swap.plan.number
    scenario = swap.plan.scenario
    strategy = swap.plan.strategy
    blue = swap.plan.blue
    green = swap.plan.green
    self.servers = servers
    facts = swap.facts
  }
}
