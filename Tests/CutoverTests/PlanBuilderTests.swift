import Cutover
import Essentials
import Testing

/// The steps of each scenario and strategy, as a person reads them.
@Suite struct PlanBuilderTests {
  private static func titles(_ change: (inout PlanRequest) -> Void) -> [String] {
    let digest = Digest(of: "image")
    var request = PlanRequest(
      site: "logic", number: 2, scenario: .liveToLive, strategy: .allAtOnce,
      blue: Deployment(release: "v1", image: digest, pool: "logic-1", count: 2), release: "v2", image: digest,
      count: 2, database: "logic")
    request.rehearses = false
    change(&request)
    let plan = PlanBuilder.plan(request)
    return plan.steps.enumerated().map { index, step in
      (index == plan.pointOfNoReturn ? "! " : "") + step.title
    }
  }

  @Test func `all at once: one release writes at a time`() {
    #expect(
      Self.titles {
        $0.idles = true; $0.blueIdles = true; $0.blueFinishes = true
      } == [
        "make sure that balancer, database and blue are well",
        "send traffic through the balancer and write down what it sees",
        "let logic-2 read in logic",
        "start 2 instances of v2 as logic-2",
        "let logic-1 finish its tasks and begin no more",
        "hold requests, and wait for those under way",
        "let logic-1 read in logic",
        "keep a copy of the live database as logic_before_2",
        "let logic-2 write in logic",
        "migrate logic, from one instance of logic-2",
        "ask every instance of logic-2 what it must answer",
        "give requests to logic-2",
        "give no requests to logic-1, and wait for those under way",
        "let the held requests go on",
        "let logic-2 do its own work",
        "watch errors and latency for 30 s",
        "ask every instance of logic-2 what it must answer",
        "archive logic_before_2 in the store, and restore it to see that it's whole",
        "let logic-1 write in logic",
        "! let logic-1 finish the tasks in its queue",
        "stop logic-1",
        "take logic-1's role in the database away",
        "drop the database logic_before_2",
        "end that traffic",
      ])
  }

  @Test func `rolling: one in, one out`() {
    #expect(
      Self.titles {
        $0.strategy = .rolling; $0.database = nil; $0.migrates = false
      } == [
        "make sure that balancer, database and blue are well",
        "send traffic through the balancer and write down what it sees",
        "start 1 instance of v2 as logic-2",
        "ask every instance of logic-2 what it must answer",
        "give requests to logic-2",
        "drain and stop 1 of 2 instances of logic-1",
        "start 1 instance of v2 as logic-2",
        "ask every instance of logic-2 what it must answer",
        "give requests to logic-2",
        "give no requests to logic-1, and wait for those under way",
        "watch errors and latency for 30 s",
        "ask every instance of logic-2 what it must answer",
        "! stop logic-1",
        "end that traffic",
      ])
  }

  @Test func `canary: growing shares, each watched`() {
    let titles = Self.titles {
      $0.strategy = .canary; $0.migrates = false; $0.watch = 5
    }
    #expect(
      titles.filter { $0.contains("requests") || $0.contains("watch") } == [
        "hold requests, and wait for those under way",
        "let the held requests go on",
        "give 5 % of the requests to logic-2", "watch errors and latency for 5 s",
        "give 25 % of the requests to logic-2", "watch errors and latency for 5 s",
        "give 50 % of the requests to logic-2", "watch errors and latency for 5 s",
        "give requests to logic-2", "give no requests to logic-1, and wait for those under way",
        "watch errors and latency for 5 s",
      ])
  }

  @Test func `a rehearsal never touches what is live`() {
    #expect(
      Self.titles {
        $0.scenario = .liveToTest; $0.hooks = [.rehearsed: ["./selenium.sh"]]; $0.confirms = true
      } == [
        "make sure that balancer, database and blue are well",
        "send traffic through the balancer and write down what it sees",
        "copy the live database to logic_test_2 while it's in use",
        "let logic-2-test write in logic_test_2",
        "start 1 instance of v2 as logic-2-test, in the role test",
        "migrate logic_test_2, from one instance of logic-2-test",
        "ask every instance of logic-2-test what it must answer",
        "run the hook of rehearsed: ./selenium.sh",
        "wait for 'hardtack swap resume' or 'hardtack swap abort'",
        "stop logic-2-test",
        "take logic-2-test's role in the database away",
        "drop the database logic_test_2",
        "see whether the live database holds what it held when it was copied",
        "end that traffic",
      ])
  }

  @Test func `the first release has nothing to hold, keep or watch`() {
    #expect(
      Self.titles { $0.blue = nil } == [
        "make sure that balancer, database and blue are well",
        "let logic-2 write in logic",
        "start 2 instances of v2 as logic-2",
        "migrate logic, from one instance of logic-2",
        "ask every instance of logic-2 what it must answer",
        "give requests to logic-2",
      ])
  }

  @Test(arguments: Strategy.allCases) func `takes one event after the other`(strategy: Strategy) throws {
    let plan = SwapSimulationTests.plan(.init(strategy: strategy))
    var machine = SwapMachine(plan)
    try machine.receive(.intent(step: 0, .forward))
    #expect(machine.next == .apply(step: 0))
    try machine.receive(.result(step: 0, .forward, Outcome(facts: ["a": "b"])))
    #expect(machine.facts == ["a": "b"])
    #expect(machine.next == .apply(step: 1))
  }
}
