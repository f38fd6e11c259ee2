/// One line of a swap's journal.
package struct JournalRecord: Codable, Sendable, Hashable {
  /// In microseconds since 1970.
  package var time: Int64
  /// Of the lease under which it was written.
  package var epoch: Int
  package var event: SwapEvent

  package init(time: Int64, epoch: Int, event: SwapEvent) {
    self.time = time
    self.epoch = epoch
    self.event = event
  }
}

/// What can happen to a swap. The swap is what its events make of it.
package enum SwapEvent: Codable, Sendable, Hashable {
  /// It begins.
  case planned(Plan)
  /// A command goes on with it, after the one before has ended, however it did.
  case resumed
  /// The step, counted from 0, is about to be done or undone.
  case intent(step: Int, Direction)
  /// The step is done or undone, or isn't.
  case result(step: Int, Direction, Outcome)
  /// From here on, steps are undone.
  case turned(reason: String)
  case ended(Ending)

  package enum Direction: String, Codable, Sendable {
    case forward
    case backward
  }

  package enum Ending: String, Codable, Sendable {
    /// Every step was done.
    case completed
    /// Every step was undone.
    case rolledBack = "rolled-back"
  }
}

/// How doing or undoing a step went.
package struct Outcome: Codable, Sendable, Hashable {
  /// Why it failed, in one line; nil where it didn't.
  package var failure: String?
  /// What belongs under the failure: a log's end.
  package var notes: [String]?
  /// What there is to know of it, for steps that follow and for people.
  package var facts: [String: String]

  package init(failure: String? = nil, notes: [String]? = nil, facts: [String: String] = [:]) {
    self.failure = failure
    self.notes = notes
    self.facts = facts
  }
}
