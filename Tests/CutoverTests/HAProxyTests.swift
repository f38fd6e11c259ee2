import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Cutover

/// What a HAProxy of our own does under load and in trouble; what every balancer does is in ``LoadBalancerTests``.
@Suite struct HAProxyTests {
  private let rig: HAProxyRig

  init() throws { rig = try HAProxyRig() }

  private var site: FilePath { rig.settings.folder }

  private func claimed(_ epoch: Int = 1) async throws -> HAProxy {
    let balancer = try HAProxy(rig.settings)
    try await balancer.claim(epoch: epoch)
    return balancer
  }

  private func ready(_ release: String, at balancer: HAProxy) async throws {
    try await balancer.add(release, port: try await rig.server(release))
    try await balancer.enable(release, weight: 10, patience: .seconds(30))
  }

  /// Sends requests through the balancer for as long as `body` takes, and gives their records.
  private func underLoad(
    rate: Double, kept: Double = 0.5, _ body: (_ records: FilePath) async throws -> Void
  ) async throws -> [WitnessRecord] {
    let file = rig.folder.appending("witness")
    let plan = WitnessPlan(
      port: rig.port, rate: rate, requests: [.get("/page?{id}"), .post("/order", "n={id}")], kept: kept,
      timeout: 60, duration: 120, identifier: "w")
    async let end: Void = Witness.run(plan, into: file)
    try await answered(20, file)
    try await body(file)
    try DurableFile.write([], to: Witness.stopFile(of: file))
    try await end
    return try WitnessFile.read(file)
  }

  /// Waits until that many more requests are recorded than now.
  private func answered(_ count: Int, _ file: FilePath) async throws {
    func recorded() -> Int { ((try? WitnessFile.read(file)) ?? []).count }
    let wanted = recorded() + count
    while recorded() < wanted { try await Task.sleep(for: .milliseconds(10)) }
  }

  /// Expects that all were answered, and each was with an application once.
  private func expectOnce(_ records: [WitnessRecord], _ applications: [String]) async throws {
    let failures = records.filter { !$0.isSuccess }
    #expect(failures.isEmpty, "\(failures.prefix(3))")
    var seen: [String] = []
    for name in applications { seen += try await rig.application(name).seen }
    let wanted = records.map {
      $0.method == .get ? "GET /page?w-\($0.number) " : "POST /order n=w-\($0.number)"
    }
    #expect(seen.sorted() == wanted.sorted())
  }

  @Test func `changes servers under load without a failed or repeated request`() async throws {
    let balancer = try await claimed()
    try await ready("r0", at: balancer)
    let records = try await underLoad(rate: 200) { file in
      for turn in 1...4 {
        try await ready("r\(turn)", at: balancer)
        try await answered(40, file)
        try await balancer.drain("r\(turn - 1)", patience: .seconds(30))
        try await balancer.remove("r\(turn - 1)")
        try await answered(20, file)
      }
    }
    try await expectOnce(records, (0...4).map { "r\($0)" })
    #expect(Set(records.map(\.answerer)) == ["r0", "r1", "r2", "r3", "r4"])
  }

  @Test func `holds hundreds of requests and loses none`() async throws {
    let balancer = try await claimed()
    try await ready("blue", at: balancer)
    var seen = 0
    let records = try await underLoad(rate: 400) { _ in
      try await balancer.hold(limit: .seconds(60), patience: .seconds(30))
      seen = try await rig.application("blue").seen.count
      while try await balancer.waiting < 800 { try await Task.sleep(for: .milliseconds(20)) }
      #expect(try await rig.application("blue").seen.count == seen)
      try await ready("green", at: balancer)
      try await balancer.drain("blue", patience: .seconds(30))
      try await balancer.release()
    }
    try await expectOnce(records, ["blue", "green"])
    #expect(try await rig.application("blue").seen.count == seen)
    #expect(records.count { $0.answerer == "green" } > 800)
  }

  @Test func `holds a large body`() async throws {
    let balancer = try await claimed()
    try await ready("blue", at: balancer)
    try await balancer.hold(limit: .seconds(60), patience: .seconds(30))
    async let answer = HTTP.post("/upload", rig.port, Array(repeating: 65, count: 3 << 20))
    try await rig.waitUntilHeld(1)
    try await balancer.release()
    #expect(try await answer.status == 200)
    #expect(try await rig.application("blue").seen.count == 1)
  }

  @Test func `never sends a request twice`() async throws {
    let balancer = try await claimed()
    try await ready("blue", at: balancer)
    try await ready("green", at: balancer)
    for path in ["/fault/close", "/fault/reset", "/fault/cut"] {
      let answer = try await HTTP.post(path, rig.port, Array("n=1".utf8))
      #expect(answer.status == (path == "/fault/cut" ? 200 : 502))
    }
    let seen = try await rig.application("blue").seen + rig.application("green").seen
    #expect(seen.count == 3)
  }

  @Test func `gives a server that comes what waits for one that goes`() async throws {
    let balancer = try await claimed()
    try await ready("blue", at: balancer)
    let port = rig.port
    // Blue has all that it's given at a time and answers none of it; others wait, and nobody comes after them.
    let busy = (0..<rig.settings.requests).map { _ in Task { try await HTTP.get("/block/blue", port) } }
    while try await balancer.servers().first?.sessions != busy.count {
      try await Task.sleep(for: .milliseconds(2))
    }
    let waiting = (0..<5).map { _ in Task { try await HTTP.get("/", port) } }
    while try await balancer.state().queued < waiting.count { try await Task.sleep(for: .milliseconds(2)) }
    try await ready("green", at: balancer)
    async let drained: Void = balancer.drain("blue", patience: .seconds(60))
    for request in waiting { #expect(try await request.value.release == "green") }
    try await rig.application("blue").ask("/go/blue")
    for request in busy { #expect(try await request.value.release == "blue") }
    try await drained
  }

  @Test func `refuses a request in the end when no server is well`() async throws {
    let balancer = try await claimed()
    try await ready("blue", at: balancer)
    try await balancer.drain("blue", patience: .seconds(30))
    let start = ContinuousClock.now
    #expect(try await HTTP.get("/", rig.port).status == 503)
    #expect(ContinuousClock.now - start >= .seconds(HAProxyScript.patience))
  }

  @Test func `sends a request that found nobody to another server`() async throws {
    let balancer = try await claimed()
    try await ready("blue", at: balancer)
    try await ready("green", at: balancer)
    let records = try await underLoad(rate: 100) { file in
      // Killed between two requests with a certainty that no load can give: none is under way.
      try await balancer.hold(limit: .seconds(60), patience: .seconds(30))
      try await rig.application("blue").stop()
      try await balancer.release()
      try await answered(50, file)
    }
    #expect(records.filter { !$0.isSuccess } == [])
  }

  @Test func `comes back as it was when it was killed`() async throws {
    let balancer = try await claimed(5)
    try await ready("blue", at: balancer)
    try await ready("green", at: balancer)
    try await balancer.enable("green", weight: 3, patience: .seconds(30))
    try await balancer.add("next", port: try await rig.server("next"))
    try await balancer.drain("blue", patience: .seconds(30))
    try await balancer.hold(limit: .seconds(60), patience: .seconds(30))
    let before = try await balancer.servers()
    try rig.killHAProxy()
    // The call that finds it dead starts it.
    let after = try await balancer.servers()
    #expect(after == before)
    #expect(
      after.map { "\($0.name) \($0.state) \($0.weight)" } == [
        "blue drain 10", "green ready 3", "next drain 1",
      ])
    #expect(try await balancer.isHolding)
    await #expect { try await HAProxy(rig.settings).claim(epoch: 4) } throws: {
      ($0 as? Diagnostic)?.category == .locked
    }
    try await balancer.release()
    for _ in 0..<3 { #expect(try await rig.request() == "green") }
  }

  @Test func `comes back by hand with its configuration alone`() async throws {
    let balancer = try await claimed(5)
    try await ready("blue", at: balancer)
    try await ready("green", at: balancer)
    try await balancer.drain("blue", patience: .seconds(30))
    let before = try await balancer.servers()
    try rig.killHAProxy()
    let file = rig.settings.file
    let check = try await Command("/usr/sbin/haproxy", ["-c", "-f", file.string]).run()
    #expect(check.status == 0)
    // Not so much as a warning.
    #expect(!check.errorText.contains("WARNING"))
    _ = try await Command("/usr/sbin/haproxy", ["-D", "-C", site.string, "-f", file.string]).output()
    let stranger = try HAProxy(rig.settings)
    #expect(try await stranger.servers() == before)
    for _ in 0..<3 { #expect(try await rig.request() == "green") }
    await #expect { try await stranger.claim(epoch: 4) } throws: { ($0 as? Diagnostic)?.category == .locked }
    try await stranger.claim(epoch: 6)
    #expect(try await stranger.servers() == before)
    try await stranger.enable("blue", weight: 10, patience: .seconds(30))
    try await stranger.drain("green", patience: .seconds(30))
    #expect(try await rig.request() == "blue")
    try await stranger.stop()
  }

  @Test func `a hold that HAProxy's death interrupts ends when it was to end`() async throws {
    let balancer = try await claimed()
    try await ready("blue", at: balancer)
    let begin = ContinuousClock.now
    try await balancer.hold(limit: .seconds(3), patience: .seconds(30))
    try rig.killHAProxy()
    _ = try await balancer.servers()
    #expect(try await rig.request() == "blue")
    // HAProxy's script reads whole seconds of the clock.
    #expect(ContinuousClock.now - begin > .seconds(1.9))
  }

  @Test func `serves on when whoever claimed it is gone, and stops when told`() async throws {
    do {
      let balancer = try await claimed()
      try await ready("blue", at: balancer)
    }
    #expect(try await rig.request() == "blue")
    let other = try HAProxy(rig.settings)
    try await other.stop()
    try await other.stop()
    #expect(try await HTTP.get("/", rig.port).status == 0)
    let failure = await #expect(throws: Diagnostic.self) { try await other.servers() }
    #expect(failure?.message.contains("isn't running") == true)
    try await other.claim(epoch: 1)
    #expect(try await rig.request() == "blue")
  }

  @Test func `says what to install where haproxy is missing`() async throws {
    let balancer = try HAProxy(rig.settings, path: "/nonexistent")
    let failure = await #expect(throws: Diagnostic.self) { try await balancer.claim(epoch: 1) }
    #expect(failure?.hints == ["install it: apt-get install --no-install-recommends haproxy"])
  }

  @Test func `says who has its port`() async throws {
    let server = try ApplicationServer("other")
    let settings = HAProxySettings.embedded(in: rig.folder.appending("second"), port: server.port)
    let failure = await #expect(throws: Diagnostic.self) { try await HAProxy(settings).claim(epoch: 1) }
    #expect(failure?.message.contains("127.0.0.1:\(server.port): the process 'python") == true)
    // Another HAProxy of the same user doesn't share it either.
    _ = try await claimed()
    let twin = HAProxySettings.embedded(in: rig.folder.appending("third"), port: rig.port)
    let refusal = await #expect(throws: Diagnostic.self) { try await HAProxy(twin).claim(epoch: 1) }
    #expect(refusal?.message.contains("the process 'haproxy'") == true)
    #expect(refusal?.notes.joined().contains("cannot bind socket") == true)
  }

  @Test func `refuses another address than the one it listens at`() async throws {
    _ = try await claimed()
    let other = HAProxySettings.embedded(in: site, port: try FreePort.find())
    let failure = await #expect(throws: Diagnostic.self) { try await HAProxy(other).claim(epoch: 2) }
    #expect(try #require(failure).message.contains("listens at 127.0.0.1:\(rig.port), not at"))
  }

  @Test func `asks servers what it asked from its start on`() async throws {
    try await ready("blue", at: claimed())
    var other = rig.settings
    other.check.path = "/status/404"
    let next = try HAProxy(other)
    try await next.claim(epoch: 2)
    try await ready("green", at: next)
    try rig.killHAProxy()
    // Started anew, it asks what is wanted now.
    let last = try HAProxy(other)
    try await last.claim(epoch: 3)
    while try await last.servers().map(\.isDown) != [true, true] {
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test func `works in a folder with a long name`() async throws {
    let folder = rig.folder.path.appending(String(repeating: "n", count: 200))
    let balancer = try HAProxy(.embedded(in: folder, port: rig.port))
    try await balancer.claim(epoch: 1)
    #expect(try await balancer.servers().isEmpty)
    try await balancer.stop()
  }

  @Test(arguments: ["a b", "", "x;y", "x/y", "ä", "x\nshow info"])
  func `takes no name that HAProxy would read otherwise`(_ name: String) async throws {
    let balancer = try await claimed()
    await #expect { try await balancer.add(name, port: 1) } throws: {
      ($0 as? Diagnostic)?.category == .usage
    }
    var settings = rig.settings
    settings.backend = name
    #expect(throws: Diagnostic.self) { try HAProxy(settings) }
  }

  @Test func `changes of several at once leave what all wanted`() async throws {
    let balancer = try await claimed()
    let names = (0..<8).map { "s\($0)" }
    let port = try await rig.server("blue")
    _ = try await names.concurrentMap(limit: 8) { try await balancer.add($0, port: port) }
    _ = try await names.concurrentMap(limit: 8) {
      try await balancer.enable($0, weight: 1, patience: .seconds(30))
    }
    try rig.killHAProxy()
    #expect(try await balancer.servers().map(\.name) == names)
    #expect(try await balancer.servers().allSatisfy { $0.state == .ready })
  }
}
