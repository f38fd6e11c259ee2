import Cutover
import Essentials
import Testing

/// A load balancer with servers behind it and requests in front, for the tests of what every one promises.
protocol BalancerRig: Sendable {
  /// The balancer as one more process has it.
  func open() async throws -> any LoadBalancer

  /// Starts a server that answers as that release.
  func server(_ release: String) async throws -> UInt16

  func set(healthy: Bool, _ release: String) async throws

  /// Sends a request, and says which release answered; the empty string where none did.
  func request() async throws -> String

  /// Sends a request that its server, of that release, answers only after ``finish(_:)``; returns when the server has it.
  func begin(at release: String) async throws

  /// Waits for the answer to what was begun at that release, and says who gave it.
  func finish(_ release: String) async throws -> String

  /// How many requests are held.
  var waiting: Int { get async throws }
}

/// The rigs.
enum BalancerKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case embedded
  case existing

  var testDescription: String { rawValue }

  func rig() async throws -> any BalancerRig {
    switch self {
    case .embedded: try HAProxyRig()
    case .existing: try await HAProxyRig(existing: ())
    }
  }
}

extension BalancerRig {
  /// Waits until that many requests are held.
  func waitUntilHeld(_ count: Int) async throws {
    while try await waiting < count { try await Task.sleep(for: .milliseconds(2)) }
  }

  /// A claimed balancer with one server, which takes requests.
  func withServer(_ release: String) async throws -> any LoadBalancer {
    let balancer = try await open()
    try await balancer.claim(epoch: 1)
    try await balancer.add(release, port: try await server(release))
    try await balancer.enable(release, weight: 10, patience: .seconds(30))
    return balancer
  }
}
