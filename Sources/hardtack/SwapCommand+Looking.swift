import ArgumentParser
import Cutover
import Essentials
import Glibc
import Pools
import SystemPackage

extension SwapCommand {
  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what is live, how the load balancer sees it, and where a swap is.")

    @OptionGroup var options: Options

    @Flag(help: "Show it again each second until Ctrl-C.")
    var watch = false

    @Flag(help: "Print it as JSON.")
    var json = false

    private struct Answer: Encodable {
      let site: String
      let live: Deployment?
      let servers: [BalancedServer]?
      let holding: Bool?
      let swap: SwapMachineAnswer?
    }

    func run() async throws {
      let session = try await SwapSession(options, .site)
      repeat {
        let open = try session.site.swaps().first
        let servers = try? await session.effects.balancer.servers()
        let holding = try? await session.effects.balancer.isHolding
        if json {
          try Output.json(
            Answer(
              site: session.site.name, live: try session.site.live(), servers: servers, holding: holding,
              swap: open.map(SwapMachineAnswer.init)))
        } else {
          if watch { print("\u{1B}[H\u{1B}[2J", terminator: "") }
          try show(session, open, servers, holding)
          fflush(nil)
        }
        if watch { try await Task.sleep(for: .seconds(1)) }
      } while watch
    }

    private func show(
      _ session: SwapSession, _ open: SwapMachine?, _ servers: [BalancedServer]?, _ holding: Bool?
    ) throws {
      let live = try session.site.live()
      print(
        "\(session.site.name): \(live.map { "\($0.release) is live, as \($0.pool)" } ?? "nothing is live")")
      if let servers {
        if holding == true { print("requests are held") }
        var rows = [["SERVER", "STATE", "HEALTH", "WEIGHT", "REQUESTS"]]
        for server in servers {
          rows.append([
            server.name, server.state.rawValue, server.isHealthy ? "healthy" : "failing", "\(server.weight)",
            "\(server.sessions)",
          ])
        }
        Output.table(rows)
      } else {
        print("the load balancer doesn't answer")
      }
      guard let open else { return }
      print("")
      print("swap \(open.plan.number) to \(open.plan.green.release): \(SwapText.state(open))")
      if let reason = open.reason { print("  \(reason)") }
      guard open.ending == nil else { return print("  its report: \(session.site.report(open.plan.number))") }
      SwapText.steps(open)
      print("")
      print(try Lease.holder(session.site.lease) ?? SwapText.choices(open))
    }
  }

  struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the site's swaps, or show one step by step.",
      discussion: """
          hardtack swap history
          hardtack swap history 7 --json
        """)

    @OptionGroup var options: Options

    @Argument(help: "A swap's number.")
    var number: Int?

    @Flag(help: "Print the journals as JSON.")
    var json = false

    func run() async throws {
      let session = try await SwapSession(options, .site)
      let numbers = try number.map { [$0] } ?? session.site.numbers()
      let swaps = try numbers.map { try session.site.swap($0) }
      if json { return try Output.json(swaps.map(\.records)) }
      guard !swaps.isEmpty else { return Report.write("no swaps; 'hardtack swap run' begins one\n") }
      SwapText.history(swaps)
      guard number != nil, let only = swaps.first else { return }
      print("")
      for record in only.records {
        let event = SwapText.line(record, only.swap) ?? SwapText.word(record.event)
        print("\(SwapText.time(record.time))  \(record.epoch)  \(event)")
      }
    }
  }

  struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop what is live, and the load balancer and database that are the program's own.",
      discussion: "Data stay: the next 'hardtack swap run' finds them again.")

    @OptionGroup var work: Work

    func run() async throws {
      let session = try await SwapSession(work.options, .site)
      if try session.site.live() != nil {
        let plan = try session.takingDown()
        try await session.carryOut("swap down", work) { try await $0.begin(plan) }
      }
      try await session.stopProviders()
    }
  }

  struct Witness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send requests at a fixed rate and write down what came of each.", shouldDisplay: false)

    @Argument(help: "A file with the plan, as JSON.")
    var plan: String

    @Argument(help: "The file to append to.")
    var records: String

    func run() async throws {
      try await Cutover.Witness.run(try WitnessProcess.plan(FilePath(plan)), into: FilePath(records))
    }
  }
}

/// A swap as JSON.
struct SwapMachineAnswer: Encodable {
  let number: Int
  let scenario: Scenario
  let strategy: Strategy
  let blue: Deployment?
  let green: Deployment
  /// `completed`, `rolled-back`, `waiting`, `unfinished` or `rolling back`.
  let state: String
  let reason: String?
  let facts: [String: String]
  let steps: [StepAnswer]

  struct StepAnswer: Encodable {
    let title: String
    let phase: SwapMachine.Phase
  }

  init(_ swap: SwapMachine) {
    number = swap.plan.number
    scenario = swap.plan.scenario
    strategy = swap.plan.strategy
    blue = swap.plan.blue
    green = swap.plan.green
    state = SwapText.state(swap)
    reason = swap.reason
    facts = swap.facts
    steps = zip(swap.plan.steps, swap.phases).map { StepAnswer(title: $0.title, phase: $1) }
  }
}

/// A plan as JSON.
struct PlanAnswer: Encodable {
  let site: String
  let number: Int
  let scenario: Scenario
  let strategy: Strategy
  let blue: Deployment?
  let green: Deployment
  let steps: [Step]

  struct Step: Encodable {
    let title: String
    /// Nil where there is nothing to undo, or it can't be.
    let undoing: String?
    let final: Bool
  }

  init(_ plan: Plan) {
    site = plan.site
    number = plan.number
    scenario = plan.scenario
    strategy = plan.strategy
    blue = plan.blue
    green = plan.green
    steps = plan.steps.enumerated().map { index, step in
      let final = plan.pointOfNoReturn.map { index >= $0 } ?? false
      return Step(title: step.title, undoing: final ? nil : step.undoing, final: final)
    }
  }
}
