package import Essentials

/// Does what a ``SwapMachine`` says is next, and writes down each intent before and each result after.
package struct SwapRunner: Sendable {
  private let effects: any SwapEffects
  private let epoch: Int
  private let verify: @Sendable () throws(Diagnostic) -> Void
  private let write: @Sendable (JournalRecord) async throws(Diagnostic) -> Void
  private let now: @Sendable () -> Int64
  private let observe: @Sendable (JournalRecord, SwapMachine) -> Void
  private let pass: @Sendable (KillPoint) -> Void

  /// - Parameters:
  ///   - epoch: of the lease.
  ///   - verify: throws where the lease is another's by now.
  ///   - write: returns when the record can't be lost any more.
  ///   - now: microseconds since 1970.
  ///   - observe: is told each record when it's written.
  ///   - pass: is told each moment at which a kill would be of interest.
  package init(
    effects: any SwapEffects, epoch: Int, verify: @escaping @Sendable () throws(Diagnostic) -> Void,
    write: @escaping @Sendable (JournalRecord) async throws(Diagnostic) -> Void,
    now: @escaping @Sendable () -> Int64,
    observe: @escaping @Sendable (JournalRecord, SwapMachine) -> Void = { _, _ in },
    pass: @escaping @Sendable (KillPoint) -> Void = { _ in }
  ) {
    self.effects = effects
    self.epoch = epoch
    self.verify = verify
    self.write = write
    self.now = now
    self.observe = observe
    self.pass = pass
  }

  /// Goes on until the swap has ended or waits for somebody.
  ///
  /// A step that fails, or a cancelled task, turns it around as long as all can be undone.
  /// - Throws: what a step threw that could not be turned around, or an undoing; the journal then says how far it is.
  package func run(_ swap: inout SwapMachine) async throws {
    while true {
      try verify()
      switch swap.next {
      case .apply(let step): try await apply(step, &swap)
      case .undo(let step): try await undo(step, &swap)
      case .wait, .nothing: return
      case .end(let ending): try await record(.ended(ending), &swap)
      }
    }
  }

  package func record(_ event: SwapEvent, _ swap: inout SwapMachine) async throws(Diagnostic) {
    try verify()
    try swap.receive(event)
    let record = JournalRecord(time: now(), epoch: epoch, event: event)
    try await write(record)
    observe(record, swap)
  }

  private func apply(_ step: Int, _ swap: inout SwapMachine) async throws {
    let what = swap.plan.steps[step]
    pass(KillPoint(step: step, direction: .forward, moment: .beforeIntent))
    if swap.phases[step] != .begun { try await record(.intent(step: step, .forward), &swap) }
    pass(KillPoint(step: step, direction: .forward, moment: .afterIntent))
    if case .wait = swap.next { return }
    do {
      try Task.checkCancellation()
      let facts = try await effects.apply(what, of: swap)
      pass(KillPoint(step: step, direction: .forward, moment: .afterEffect))
      try await record(.result(step: step, .forward, Outcome(facts: facts)), &swap)
      pass(KillPoint(step: step, direction: .forward, moment: .afterResult))
    } catch {
      try await fail(step, error, &swap)
    }
  }

  /// Turns around, where that's possible.
  private func fail(_ step: Int, _ error: any Error, _ swap: inout SwapMachine) async throws {
    // Whoever lost the lease must change nothing more, and what can't be written down must not go on.
    try verify()
    guard case .begun = swap.phases[step] else { throw error }
    guard swap.canTurn else { throw error }
    let reason = Self.reason(error)
    let notes = (error as? Diagnostic)?.notes ?? []
    try await record(
      .result(step: step, .forward, Outcome(failure: reason, notes: notes.isEmpty ? nil : notes)), &swap)
    try await record(.turned(reason: reason), &swap)
  }

  private func undo(_ step: Int, _ swap: inout SwapMachine) async throws {
    let what = swap.plan.steps[step]
    pass(KillPoint(step: step, direction: .backward, moment: .beforeIntent))
    if swap.phases[step] != .undoing { try await record(.intent(step: step, .backward), &swap) }
    pass(KillPoint(step: step, direction: .backward, moment: .afterIntent))
    let current = swap
    // Its own task: the way back isn't cut off by what cut off the way there.
    let effects = effects
    let facts = try await Task { try await effects.undo(what, of: current) }.value
    pass(KillPoint(step: step, direction: .backward, moment: .afterEffect))
    try await record(.result(step: step, .backward, Outcome(facts: facts)), &swap)
    pass(KillPoint(step: step, direction: .backward, moment: .afterResult))
  }

  static func reason(_ error: any Error) -> String {
    switch error {
    case let diagnostic as Diagnostic: diagnostic.message
    case is CancellationError: "it was interrupted"
    default: "\(error)"
    }
  }
}
