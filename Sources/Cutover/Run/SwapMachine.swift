package import Essentials

/// A swap under way, as a value: it takes the events of a journal and says what's next.
package struct SwapMachine: Sendable, Hashable {
  /// How far a step is.
  package enum Phase: String, Codable, Sendable {
    case pending
    /// There was an intent and no result: it may or may not have had its effect.
    case begun
    case done
    case failed
    /// There was an intent to undo it and no result.
    case undoing
    case undone
  }

  package enum Action: Sendable, Hashable {
    case apply(step: Int)
    case undo(step: Int)
    /// Somebody has to say how it goes on.
    case wait
    case end(SwapEvent.Ending)
    /// It has ended.
    case nothing
  }

  package let plan: Plan
  package private(set) var phases: [Phase]
  package private(set) var direction = SwapEvent.Direction.forward
  /// Why steps are undone.
  package private(set) var reason: String?
  package private(set) var ending: SwapEvent.Ending?
  /// What is known from the steps that are done.
  package private(set) var facts: [String: String] = [:]
  /// Whether requests may have been answered by green, or on its schema, so that what came of them counts.
  package private(set) var hasServed = false
  private var isHolding = false
  /// Whether somebody is waited for.
  private var waits = false

  package init(_ plan: Plan) {
    self.plan = plan
    phases = Array(repeating: .pending, count: plan.steps.count)
  }

  /// The swap that the records tell of.
  /// - Throws: `verificationFailed` where they don't fit together.
  package init(replaying records: some Sequence<JournalRecord>) throws(Diagnostic) {
    var machine: SwapMachine?
    for record in records {
      if case .planned(let plan) = record.event, machine == nil {
        machine = SwapMachine(plan)
      } else {
        guard machine != nil else { throw Self.unfit("the journal doesn't begin with a plan") }
        try machine?.receive(record.event)
      }
    }
    guard let machine else { throw Self.unfit("the journal is empty") }
    self = machine
  }

  package mutating func receive(_ event: SwapEvent) throws(Diagnostic) {
    guard ending == nil else { throw Self.unfit("something follows the end of the swap") }
    switch event {
    case .planned: throw Self.unfit("there is a second plan")
    case .resumed:
      waits = false
    case .intent(let step, let direction):
      try check(step, direction)
      phases[step] = direction == .forward ? .begun : .undoing
      if direction == .forward { begin(plan.steps[step]) }
    case .result(let step, let direction, let outcome):
      try check(step, direction)
      switch direction {
      case .forward:
        phases[step] = outcome.failure == nil ? .done : .failed
        facts.merge(outcome.facts) { _, new in new }
      case .backward:
        phases[step] = outcome.failure == nil ? .undone : .undoing
      }
    case .turned(let reason):
      direction = .backward
      self.reason = reason
      waits = false
    case .ended(let ending):
      self.ending = ending
    }
  }

  private mutating func begin(_ step: Step) {
    switch step {
    case .hold: isHolding = true
    case .release: (isHolding, hasServed) = (false, true)
    case .enter(let pool), .share(_, let pool, _):
      if pool == plan.green.pool, !isHolding { hasServed = true }
    case .confirm: waits = true
    default: break
    }
  }

  private func check(_ step: Int, _ direction: SwapEvent.Direction) throws(Diagnostic) {
    guard phases.indices.contains(step), direction == self.direction else {
      throw Self.unfit("a record speaks of the step \(step), which can't be its turn")
    }
  }

  private static func unfit(_ reason: String) -> Diagnostic {
    Diagnostic(.verificationFailed, "the journal makes no sense: \(reason)")
  }

  /// What has to be done now.
  package var next: Action {
    if ending != nil { return .nothing }
    switch direction {
    case .forward:
      guard let step = phases.firstIndex(where: { $0 != .done }) else { return .end(.completed) }
      return waits ? .wait : .apply(step: step)
    case .backward:
      let step = phases.lastIndex { $0 != .pending && $0 != .undone }
      return step.map { .undo(step: $0) } ?? .end(.rolledBack)
    }
  }

  /// Whether all that was done can be undone.
  package var canTurn: Bool {
    guard let final = plan.pointOfNoReturn else { return true }
    return phases[final] == .pending
  }
}
