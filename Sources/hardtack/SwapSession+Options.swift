import Cutover
import Essentials
import Glibc
import Pools
import Recipes
import Storage
import SystemPackage

extension SwapSession {
  /// The session that a command's options ask for.
  init(_ options: SwapCommand.Options, _ subject: Subject) async throws {
    let file = FilePath(options.site ?? SiteSettings.fileName.string)
    let isThere = options.site != nil || access(file.string, F_OK) == 0
    try await self.init(
      subject, settings: isThere ? SiteSettings.load(file) : SiteSettings(),
      pools: PoolStore(environment: environment), store: options.shared.openStore(),
      program: [Self.ownPath, "swap", "witness"], progress: options.shared.progress)
  }

  private static var ownPath: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func plan(_ choice: SwapCommand.Choice) throws -> Plan {
    try plan(choice.scenario, choice.strategy, rehearses: !choice.noRehearsal, confirms: choice.confirm)
  }

  /// - Parameter command: what is at work, to tell others.
  func control(_ command: String, evicting: Bool, _ progress: Progress) -> SwapControl {
    SwapControl(
      site, effects, command: "hardtack \(command)", evicting: evicting,
      observe: { record, swap in
        if let line = SwapText.line(record, swap) { progress.say(line) }
      })
  }

  /// Says how a swap has come out, and writes its report.
  /// - Parameter aborting: whether it was to be undone.
  func finish(_ swap: SwapMachine, json: Bool, aborting: Bool = false, _ progress: Progress) throws {
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
      progress.say("go on with 'hardtack swap resume', or back with 'hardtack swap abort'")
    }
  }
}
