import ArgumentParser
import Cutover
import Essentials

struct SwapCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swap",
    abstract: "Move traffic from the live release to another, and back, without losing a request.",
    discussion: """
      A swap is a plan of steps, each of which can be undone until blue is retired. A journal has each step's \
      intent before and its result after it, so a swap that is cut off at any moment goes on or back.

        hardtack swap plan v2                               every step, and what undoes it
        hardtack swap run v2 --scenario live-to-test        rehearse it on a copy of live data
        hardtack swap run v2                                do it
        hardtack swap resume                                go on after an interruption
        hardtack swap abort                                 undo what was done
        hardtack swap rollback                              bring the release before back
        hardtack swap status --watch

      Where traffic, data and hooks are is said in site.yaml; without one, the program runs a load balancer and, for \
      images that take a database_url, a database of its own.
      """,
    subcommands: [
      Plan.self, Run.self, Resume.self, Abort.self, Rollback.self, Status.self, History.self, Down.self,
      Address.self, Rehearse.self, Witness.self, RehearsalWorker.self,
    ])

  /// What every one of them takes.
  struct Options: ParsableArguments {
    @OptionGroup var shared: SharedOptions

    @Option(
      help: ArgumentHelp(
        "The site's settings; 'site.yaml' in the working folder unless given.", valueName: "file"))
    var site: String?
  }

  /// What a plan is made from.
  struct Choice: ParsableArguments {
    @Argument(help: "A release's name, or an image's digest.")
    var image: String

    @Option(help: "live-to-live makes it live; live-to-test tries it on a copy of live data.")
    var scenario: Scenario = .liveToLive

    @Option(help: "all-at-once, rolling or canary; as site.yaml says unless given.")
    var strategy: Strategy?

    @Flag(help: "Don't try a live-to-live swap on a copy of live data first.")
    var noRehearsal = false

    @Flag(help: "Wait for 'hardtack swap resume' before blue is retired, or a rehearsal is taken down.")
    var confirm = false
  }

  /// What those take that carry a swap out.
  struct Work: ParsableArguments {
    @OptionGroup var options: Options

    @Flag(help: "Put out a command that's at work on the site and stuck.")
    var evict = false

    @Flag(help: "Print the swap's outcome as JSON.")
    var json = false
  }

  struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every step of a swap, what undoes it, and where the way back ends.")

    @OptionGroup var options: Options
    @OptionGroup var choice: Choice

    @Flag(help: "Print the plan as JSON.")
    var json = false

    func run() async throws {
      let session = try await SwapSession(options, .image(choice.image))
      let plan = try session.plan(choice)
      if json { try Output.json(PlanAnswer(plan)) } else { SwapText.show(plan) }
    }
  }

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Carry out a swap; the plan is the one that 'hardtack swap plan' prints.",
      discussion: """
        Ctrl-C undoes what was done, as a failing step does. Exit code 6 says that it was rolled back.

          hardtack swap run v2 --strategy rolling
        """)

    @OptionGroup var work: Work
    @OptionGroup var choice: Choice

    func run() async throws {
      let session = try await SwapSession(work.options, .image(choice.image))
      let plan = try session.plan(choice)
      try await session.carryOut("swap run \(choice.image)", work) { try await $0.begin(plan) }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Go on with a swap that was cut off, or that waits for it.")

    @OptionGroup var work: Work

    func run() async throws {
      let session = try await SwapSession(work.options, .site)
      try await session.carryOut("swap resume", work) { try await $0.goOn(turning: false) }
    }
  }

  struct Abort: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Undo what a swap that hasn't ended has done.")

    @OptionGroup var work: Work

    func run() async throws {
      let session = try await SwapSession(work.options, .site)
      try await session.carryOut("swap abort", work, aborting: true) { try await $0.goOn(turning: true) }
    }
  }

  struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the release live again that was live before.",
      discussion: """
        It's a swap like any other, with the image of the release before. The database stays as it is now: what was \
        written since isn't lost, and the older release finds the newer schema.
        """)

    @OptionGroup var work: Work

    @Option(help: "all-at-once, rolling or canary; as site.yaml says unless given.")
    var strategy: Strategy?

    func run() async throws {
      let session = try await SwapSession(work.options, .previous)
      let plan = try session.plan(.liveToLive, strategy, rehearses: false, confirms: false)
      try await session.carryOut("swap rollback", work) { try await $0.begin(plan) }
    }
  }
}

extension Scenario: ExpressibleByArgument {
  /// Those that a person may ask for by name; `hardtack swap down` takes a site down.
  public init?(argument: String) {
    guard let scenario = Scenario(rawValue: argument), scenario != .takeDown else { return nil }
    self = scenario
  }

  public static var allValueStrings: [String] { [Scenario.liveToLive, .liveToTest].map(\.rawValue) }
}

extension Strategy: ExpressibleByArgument {}
