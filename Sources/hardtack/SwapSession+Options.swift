import Cutover
import Essentials
import Glibc
import Pools
import Recipes
import Storage
import SystemPackage

extension SwapCommand.Options {
  /// What the site's file says, where there is one.
  var settings: SiteSettings {
    get throws(Diagnostic) {
      let file = FilePath(site ?? SiteSettings.fileName.string)
      guard site != nil || access(file.string, F_OK) == 0 else { return SiteSettings() }
      return try SiteSettings.load(file)
    }
  }
}

extension SwapSession {
  /// The session that a command's options ask for.
  init(_ options: SwapCommand.Options, _ subject: Subject) async throws {
    try await self.init(
      subject, settings: try options.settings,
      pools: PoolStore(environment: environment), store: options.shared.openStore(),
      program: [Self.ownPath, "swap", "witness"], progress: options.shared.progress)
  }

  static var ownPath: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func plan(_ choice: SwapCommand.Choice) throws -> Plan {
    try plan(choice.scenario, choice.strategy, rehearses: !choice.noRehearsal, confirms: choice.confirm)
  }

  /// Has a command do something to the site, and says how the swap has come out.
  /// - Parameters:
  ///   - command: what is at work, to tell others.
  ///   - aborting: whether the swap was to be undone.
  func carryOut(
    _ command: String, _ work: SwapCommand.Work, aborting: Bool = false,
    _ body: (SwapControl) async throws -> SwapMachine
  ) async throws {
    let progress = work.options.shared.progress
    let control = SwapControl(
      site, effects, command: "hardtack \(command)", evicting: work.evict,
      observe: { record, swap in
        if let line = SwapText.line(record, swap) { progress.say(line) }
      })
    try finish(try await body(control), json: work.json, aborting: aborting, progress)
  }

  /// Writes the report of a swap, and says how it has come out.
  private func finish(
    _ swap: SwapMachine, json: Bool, aborting: Bool, _ progress: Progress
  ) throws {
    let report = try writeReport(swap.plan.number)
    if json { try Output.json(SwapMachineAnswer(swap)) }
    switch swap.ending {
    case .completed?:
      let live = swap.plan.scenario == .liveToLive ? "\(swap.plan.green.release) is live; " : ""
      progress.say("\(live)the report is \(report)")
    case .rolledBack? where aborting:
      progress.say("all is as it was; the report is \(report)")
    case .rolledBack?:
      throw Diagnostic(
        .checkFailed, "the swap \(swap.plan.number) was rolled back: \(swap.reason ?? "")",
        hints: ["the report is \(report)"])
    case nil:
      progress.say(SwapText.choices(swap))
    }
  }
}
