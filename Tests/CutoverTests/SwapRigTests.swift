import Cutover
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Whole swaps with HAProxy, PostgreSQL and processes that are killed, seen by a client that tries nothing again: samples of what
/// `Benchmarks/swap.sh` does at a hundred requests a second and at every moment.
@Suite(.serialized) struct SwapRigTests {
  @Test func `swaps lose no request, and do none twice`() async throws {
    let rig = try SwapRig()
    defer { withExtendedLifetime(rig) {} }
    let rehearsal = rig.rehearsal(rate: 30)
    try await rehearsal.begin()
    for strategy in Strategy.allCases {
      let finding = try await rehearsal.swaps(2, strategy)
      #expect(finding.isGood, "\(finding)")
      #expect(finding.requests > 30)
    }
  }

  @Test(
    arguments: [(.liveToTest, .allAtOnce), (.liveToLive, .allAtOnce), (.liveToLive, .rolling)]
      as [(Scenario, Strategy)], [RehearsalOrder.Verb.resume, .abort])
  func `a killed swap goes on or back, and no request fails`(
    _ kind: (scenario: Scenario, strategy: Strategy), verb: RehearsalOrder.Verb
  ) async throws {
    let rig = try SwapRig()
    defer { withExtendedLifetime(rig) {} }
    let rehearsal = rig.rehearsal(rate: 30)
    try await rehearsal.begin()
    // Samples of their own.
    let first = (kind.strategy == .rolling ? 9 : 0) + (verb == .abort ? 18 : 0)
    let finding = try await rehearsal.kills(kind.scenario, kind.strategy, then: verb, from: first, stride: 37)
    #expect(finding.isGood, "\(finding)")
    #expect(finding.kills >= (kind.scenario == .liveToTest ? 1 : 2))
  }

  @Test func `a rehearsal tells whether the live data are still what was copied`() async throws {
    let rig = try await SwapRig.begun()
    defer { withExtendedLifetime(rig) {} }
    var order = RehearsalOrder(.run)
    order.scenario = .liveToTest
    order.release = "v2"
    for (hook, finding) in [
      ("true", "as it was copied"),
      (
        "curl -sSf -m 60 -d '' http://127.0.0.1:\(rig.site.port)/order?1",
        "written to since it was copied, by what uses it"
      ),
    ] {
      order.hooks = [.rehearsed: [hook]]
      let outcome = try await rig.work(order)
      #expect(outcome.status == 0, "\(outcome.output)")
      let number = try #require(try rig.site.site.numbers().last)
      #expect(try rig.site.site.swap(number).0.facts["live"] == finding)
    }
  }

  @Test func `what is lost or not as it must be is told`() async throws {
    let rig = try SwapRig()
    defer { withExtendedLifetime(rig) {} }
    let rehearsal = rig.rehearsal(rate: 30)
    try await rehearsal.begin()
    // An order that the application answers and forgets, and requests that nobody answers.
    try rehearsal.site.spoil("v2", "forgets")
    let lost = try await rehearsal.swaps(1, .allAtOnce)
    #expect(lost.lost > 0 && lost.failed == 0 && !lost.isGood, "\(lost)")
    try rehearsal.site.spoil("v3", "sick")
    let sick = try await rehearsal.swaps(1, .allAtOnce)
    #expect(sick.faults.contains { $0.contains("rolled back") }, "\(sick)")
    try rehearsal.site.spoil("v2", "fails")
    let failed = try await rehearsal.swaps(1, .allAtOnce)
    #expect(failed.failed > 0 && !failed.isGood, "\(failed)")
  }
}
