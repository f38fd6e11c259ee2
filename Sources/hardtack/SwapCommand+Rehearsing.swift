import ArgumentParser
import Cutover
import Essentials
import Glibc
import Pools
import SystemPackage

extension SwapCommand {
  struct Rehearse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "See on this machine that swaps lose nothing, whatever kills them.",
      discussion: """
        Swaps a small application that stands in for yours, on a site of its own with a real load balancer and a real database, \
        under traffic of which nothing is tried again. With --kill-points each swap is ended by SIGKILL at a later moment: before and \
        after each step's intent, effect and result; then it goes on by 'resume', and in a second round back by 'abort'. Every request must be \
        answered, every order be in the database once, and the site be as it was or as it should be. Your own site isn't touched; to try a release \
        on a copy of its data, use 'swap run --scenario live-to-test'.

          hardtack swap rehearse
          hardtack swap rehearse --swaps 20 --rate 100 --strategy rolling
          hardtack swap rehearse --kill-points --json
        """)

    @OptionGroup var shared: SharedOptions

    @Flag(help: "Kill swaps at every moment of interest; takes about a quarter of an hour.")
    var killPoints = false

    @Option(help: ArgumentHelp("With --kill-points: only at every N-th moment.", valueName: "n"))
    var every = 1

    @Option(help: ArgumentHelp("Without --kill-points: how many swaps with each strategy.", valueName: "n"))
    var swaps = 3

    @Option(help: "all-at-once, rolling or canary; all of them unless given.")
    var strategy: Strategy?

    @Option(help: ArgumentHelp("Requests a second.", valueName: "n"))
    var rate = 30

    @Flag(help: "Print what came of it as JSON.")
    var json = false

    func validate() throws {
      guard every > 0, swaps > 0, (1...10_000).contains(rate) else {
        throw ValidationError("--every and --swaps are 1 at least, --rate is 1 to 10000")
      }
    }

    func run() async throws {
      let pools = try PoolStore(environment: environment)
      try await RehearsalSite.removeAbandoned(in: pools)
      let site = try RehearsalSite(in: pools)
      let findings: [SwapRehearsal.Finding]
      do {
        findings = try await rehearse(
          SwapRehearsal(
            site, program: [SwapSession.ownPath, "swap", "rehearsal-worker"], rate: Double(rate),
            progress: shared.progress))
      } catch {
        try await Task { try await site.remove() }.value
        guard error is CancellationError else { throw error }
        Report.write("interrupted: the rehearsal's site is gone, and the same command begins anew\n")
        throw ExitCode(130)
      }
      try await site.remove()
      if json { try Output.json(findings) } else { show(findings) }
      guard findings.allSatisfy(\.isGood) else {
        throw Diagnostic(
          .checkFailed, "something was lost, or not as it must be", notes: findings.flatMap(\.faults),
          hints: ["report it, with the output of 'hardtack --version' and of this command with --json"])
      }
    }

    private func rehearse(_ rehearsal: SwapRehearsal) async throws -> [SwapRehearsal.Finding] {
      try await rehearsal.begin()
      let strategies = strategy.map { [$0] } ?? Strategy.allCases
      var findings: [SwapRehearsal.Finding] = []
      guard killPoints else {
        for strategy in strategies { findings.append(try await rehearsal.swaps(swaps, strategy)) }
        return findings
      }
      for verb in [RehearsalOrder.Verb.resume, .abort] {
        // A rehearsal on a copy of live data is the same with every strategy.
        findings.append(
          try await rehearsal.kills(.liveToTest, strategies[0], then: verb, stride: every))
        for strategy in strategies {
          findings.append(try await rehearsal.kills(.liveToLive, strategy, then: verb, stride: every))
        }
      }
      return findings
    }

    private func show(_ findings: [SwapRehearsal.Finding]) {
      var rows = [
        ["SCENARIO", "STRATEGY", "SWAPS", "KILLED", "THEN", "REQUESTS", "FAILED", "LOST", "P99", "STALL"]
      ]
      for finding in findings {
        rows.append([
          finding.scenario.rawValue, finding.strategy.rawValue, "\(finding.swaps)", "\(finding.kills)",
          finding.verb?.rawValue ?? "-", "\(finding.requests)", "\(finding.failed)",
          "\(finding.lost + finding.unasked)", "\(finding.p99 / 1000) ms",
          "\(finding.longestStall / 1000) ms",
        ])
      }
      Output.table(rows)
    }
  }

  /// A process of ``Rehearse``, which may be told to kill itself.
  struct RehearsalWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Carry out one order of a rehearsal.", shouldDisplay: false)

    @Argument(help: "The folder of the rehearsal's site.")
    var folder: String

    @Argument(help: "The order, as JSON.")
    var order: String

    func run() async throws {
      print(try await RehearsalOrder(parsing: order).carryOut(in: FilePath(folder)))
    }
  }
}
