package import Essentials
import Glibc

/// Begins swaps and goes on with them, under the site's lease.
package struct SwapControl: Sendable {
  private let site: Site
  private let effects: SiteEffects
  private let command: String
  private let evicting: Bool
  private let observe: @Sendable (JournalRecord, SwapMachine) -> Void
  private let pass: @Sendable (KillPoint) -> Void

  /// - Parameters:
  ///   - command: what is at work, to tell others.
  ///   - evicting: whether a command that's still at work is put out.
  ///   - observe: is told each record when it's on the disk.
  ///   - pass: is told each moment at which a kill would be of interest.
  package init(
    _ site: Site, _ effects: SiteEffects, command: String, evicting: Bool,
    observe: @escaping @Sendable (JournalRecord, SwapMachine) -> Void = { _, _ in },
    pass: @escaping @Sendable (KillPoint) -> Void = { _ in }
  ) {
    self.site = site
    self.effects = effects
    self.command = command
    self.evicting = evicting
    self.observe = observe
    self.pass = pass
  }

  /// Does a plan's steps.
  /// - Returns: the swap as it is then: ended, or waiting for somebody.
  /// - Throws: `usage` where the site has a swap that hasn't ended or the plan is out of date; `locked` where another
  ///   command is at work; what stopped the swap where it could not be turned around.
  package func begin(_ plan: Plan) async throws -> SwapMachine {
    try site.prepare()
    let lease = try Lease.take(site.lease, command: command, evicting: evicting)
    defer { lease.end() }
    if let open = try site.unfinished() { throw Self.unfinished(open) }
    guard try site.live() == plan.blue, try site.numbers().last ?? 0 < plan.number else {
      throw Diagnostic(.usage, "another swap was done since this one was planned", hints: ["plan it again"])
    }
    try await effects.claim(epoch: lease.epoch)
    let journal = try Journal.create(site.journal(plan.number))
    let first = JournalRecord(time: SiteEffects.now(), epoch: lease.epoch, event: .planned(plan))
    try await journal.append(first)
    var swap = SwapMachine(plan)
    observe(first, swap)
    return try await run(&swap, lease, journal)
  }

  /// Goes on with the swap that hasn't ended.
  /// - Parameter turning: whether what was done is undone.
  /// - Throws: `usage` where there's none, or it can't be undone any more.
  package func goOn(turning: Bool) async throws -> SwapMachine {
    let lease = try Lease.take(site.lease, command: command, evicting: evicting)
    defer { lease.end() }
    guard let open = try site.unfinished() else {
      throw Diagnostic(
        .usage, "\(site.name) has no swap that could go on",
        hints: ["'hardtack swap history' shows how the last one ended"])
    }
    if turning, open.direction == .forward, !open.canTurn {
      throw Diagnostic(
        .usage, "the swap \(open.plan.number) is past its point of no return",
        hints: [
          "finish it with 'hardtack swap resume'; 'hardtack swap rollback' brings the old release back then"
        ])
    }
    try await effects.claim(epoch: lease.epoch)
    let (journal, records) = try Journal.open(site.journal(open.plan.number))
    var swap = try SwapMachine(replaying: records)
    let runner = runner(lease, journal)
    try await runner.record(.resumed, &swap)
    if turning, swap.direction == .forward {
      try await runner.record(.turned(reason: "it was aborted"), &swap)
    }
    return try await run(&swap, lease, journal)
  }

  package static func unfinished(_ open: SwapMachine) -> Diagnostic {
    Diagnostic(
      .usage, "the swap \(open.plan.number) to \(open.plan.green.release) hasn't ended",
      hints: ["go on with 'hardtack swap resume', or back with 'hardtack swap abort'"])
  }

  private func runner(_ lease: Lease, _ journal: Journal) -> SwapRunner {
    SwapRunner(
      effects: effects, epoch: lease.epoch, verify: { () throws(Diagnostic) in try lease.verify() },
      write: { record throws(Diagnostic) in try await journal.append(record) }, now: SiteEffects.now,
      observe: observe, pass: pass)
  }

  private func run(_ swap: inout SwapMachine, _ lease: Lease, _ journal: Journal) async throws -> SwapMachine
  {
    do {
      try await runner(lease, journal).run(&swap)
      return swap
    } catch is CancellationError {
      throw Diagnostic(
        .failed, "the swap \(swap.plan.number) was interrupted past its point of no return",
        hints: ["go on with 'hardtack swap resume'"])
    } catch let diagnostic as Diagnostic where diagnostic.category != .locked {
      throw diagnostic.hint(
        swap.direction == .forward && swap.canTurn
          ? "go on with 'hardtack swap resume', or back with 'hardtack swap abort'"
          : "set that right, and go on with 'hardtack swap resume'")
    }
  }
}
