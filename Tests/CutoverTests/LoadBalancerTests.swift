import Cutover
import Essentials
import Synchronization
import Testing

/// What every load balancer promises.
@Suite struct LoadBalancerTests {
  private static func category(_ body: () async throws -> Void) async -> Diagnostic.Category? {
    do { try await body() } catch { return (error as? Diagnostic)?.category }
    return nil
  }

  @Test(arguments: BalancerKind.allCases)
  func `gives a server requests only once it's enabled`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.open()
    try await balancer.claim(epoch: 1)
    try await balancer.add("blue", port: try await rig.server("blue"))
    async let early = rig.request()
    try await rig.waitUntilHeld(1)
    let added = try await balancer.servers()
    #expect(added.map(\.state) == [.drain])
    #expect(added.map(\.isHealthy) == [true])
    #expect(try await rig.waiting == 1)
    try await balancer.enable("blue", weight: 7, patience: .seconds(30))
    #expect(try await early == "blue")
    #expect(try await rig.request() == "blue")
    let enabled = try await balancer.servers()
    #expect(enabled.map(\.state) == [.ready])
    #expect(enabled.map(\.weight) == [7])
  }

  @Test(arguments: BalancerKind.allCases)
  func `enables no server that isn't healthy`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.withServer("blue")
    let port = try await rig.server("green")
    try await rig.set(healthy: false, "green")
    try await balancer.add("green", port: port)
    let category = await Self.category {
      try await balancer.enable("green", weight: 10, patience: .milliseconds(50))
    }
    #expect(category == .checkFailed)
    #expect(try await balancer.servers().map(\.isHealthy) == [true, false])
    for _ in 0..<4 { #expect(try await rig.request() == "blue") }
    try await rig.set(healthy: true, "green")
    try await balancer.enable("green", weight: 10, patience: .seconds(30))
    #expect(try await balancer.servers().map(\.state) == [.ready, .ready])
  }

  @Test(arguments: BalancerKind.allCases)
  func `has requests wait while no server is well`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.withServer("blue")
    try await rig.set(healthy: false, "blue")
    // Blue gets requests until the third of its checks in a row has failed.
    let isOver = Flag()
    async let requests = {
      var answers: Set<String> = []
      while !isOver.isSet { answers.insert(try await rig.request()) }
      return answers
    }()
    try await rig.waitUntilHeld(1)
    #expect(try await balancer.servers().map(\.isDown) == [true])
    isOver.set()
    try await rig.set(healthy: true, "blue")
    #expect(try await requests == ["blue"])
  }

  @Test(arguments: BalancerKind.allCases)
  func `ends what a server does not answer`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.withServer("blue")
    try await rig.begin(at: "blue")
    #expect(try await balancer.cutOff("blue") == 1)
    #expect(try await balancer.servers().map(\.state) == [.maintenance])
    try await balancer.drain("blue", patience: .seconds(30))
    try await balancer.add("green", port: try await rig.server("green"))
    try await balancer.enable("green", weight: 10, patience: .seconds(30))
    #expect(try await rig.request() == "green")
  }

  @Test(arguments: BalancerKind.allCases)
  func `drains a server of the requests that it has`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.withServer("blue")
    try await rig.begin(at: "blue")
    try await balancer.add("green", port: try await rig.server("green"))
    try await balancer.enable("green", weight: 10, patience: .seconds(30))
    let category = await Self.category { try await balancer.drain("blue", patience: .milliseconds(50)) }
    #expect(category == .checkFailed)
    let blue = try await balancer.servers().first
    #expect(blue?.state == .drain)
    #expect(blue?.sessions == 1)
    for _ in 0..<4 { #expect(try await rig.request() == "green") }
    async let drained: Void = balancer.drain("blue", patience: .seconds(30))
    #expect(try await rig.finish("blue") == "blue")
    try await drained
    try await balancer.remove("blue")
    #expect(try await balancer.servers().map(\.name) == ["green"])
    #expect(try await rig.request() == "green")
  }

  @Test(arguments: BalancerKind.allCases)
  func `takes every call again`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.open()
    let port = try await rig.server("blue")
    let other = try await rig.server("green")
    for _ in 0..<2 { try await balancer.claim(epoch: 4) }
    for _ in 0..<2 { try await balancer.add("blue", port: port) }
    for _ in 0..<2 { try await balancer.enable("blue", weight: 3, patience: .seconds(30)) }
    // What is enabled stays so: a repeated call to add says no more than that it's known.
    try await balancer.add("blue", port: port)
    #expect(try await balancer.servers().map(\.state) == [.ready])
    #expect(await Self.category { try await balancer.add("blue", port: other) } == .failed)
    for _ in 0..<2 { try await balancer.hold(limit: .seconds(60), patience: .seconds(30)) }
    #expect(try await balancer.isHolding)
    for _ in 0..<2 { try await balancer.release() }
    #expect(try await !balancer.isHolding)
    for _ in 0..<2 { try await balancer.drain("blue", patience: .seconds(30)) }
    for _ in 0..<2 { try await balancer.remove("blue") }
    #expect(try await balancer.servers().isEmpty)
  }

  @Test(arguments: BalancerKind.allCases)
  func `names a server that it doesn't know`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.withServer("green")
    let unknown = await Self.category {
      try await balancer.enable("greem", weight: 1, patience: .seconds(30))
    }
    #expect(unknown == .failed)
    #expect(await Self.category { try await balancer.drain("greem", patience: .seconds(30)) } == .failed)
    try await balancer.remove("greem")
    #expect(try await balancer.servers().map(\.name) == ["green"])
  }

  @Test(arguments: BalancerKind.allCases)
  func `holds requests, and sends them to who is ready at their release`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.withServer("blue")
    try await rig.begin(at: "blue")
    let category = await Self.category {
      try await balancer.hold(limit: .seconds(60), patience: .milliseconds(50))
    }
    #expect(category == .checkFailed)
    #expect(try await balancer.isHolding)
    async let first = rig.request()
    async let second = rig.request()
    try await rig.waitUntilHeld(2)
    async let held: Void = balancer.hold(limit: .seconds(60), patience: .seconds(30))
    #expect(try await rig.finish("blue") == "blue")
    try await held
    try await balancer.add("green", port: try await rig.server("green"))
    try await balancer.enable("green", weight: 10, patience: .seconds(30))
    try await balancer.drain("blue", patience: .seconds(30))
    #expect(try await rig.waiting == 2)
    try await balancer.release()
    let answers = try await [first, second]
    #expect(answers == ["green", "green"])
    #expect(try await rig.request() == "green")
  }

  @Test(arguments: BalancerKind.allCases)
  func `holds no request for longer than the limit`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let balancer = try await rig.withServer("blue")
    try await balancer.hold(limit: .milliseconds(300), patience: .seconds(30))
    #expect(try await rig.request() == "blue")
    while try await balancer.isHolding { try await Task.sleep(for: .milliseconds(5)) }
    #expect(try await rig.waiting == 0)
  }

  @Test(arguments: BalancerKind.allCases)
  func `refuses an earlier epoch`(_ kind: BalancerKind) async throws {
    let rig = try await kind.rig()
    let old = try await rig.withServer("blue")
    let port = try await rig.server("green")
    let new = try await rig.open()
    try await new.claim(epoch: 2)
    let calls: [@Sendable () async throws -> Void] = [
      { try await old.claim(epoch: 1) },
      { try await old.add("green", port: port) },
      { try await old.enable("blue", weight: 1, patience: .seconds(30)) },
      { try await old.drain("blue", patience: .seconds(30)) },
      { try await old.remove("blue") },
      { try await old.hold(limit: .seconds(60), patience: .seconds(30)) },
      { try await old.release() },
    ]
    for call in calls { #expect(await Self.category(call) == .locked) }
    #expect(try await !new.isHolding)
    let servers = try await new.servers()
    #expect(servers.map(\.name) == ["blue"])
    #expect(servers.map(\.state) == [.ready])
    #expect(servers.map(\.weight) == [10])
    // Reading is free, and whoever claims it anew may go on.
    #expect(try await old.servers().count == 1)
    try await old.claim(epoch: 3)
    try await old.add("green", port: port)
    #expect(await Self.category { try await new.remove("green") } == .locked)
  }
}

private final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
