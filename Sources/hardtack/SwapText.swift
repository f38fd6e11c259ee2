import Cutover
import Essentials
import Glibc

/// What swaps look like to a person.
enum SwapText {
  /// A plan as a list of its steps, with what undoes each and where the way back ends.
  static func show(_ plan: Plan) {
    let from = plan.blue.map { "\($0.release) (\($0.pool))" } ?? "nothing"
    print("swap \(plan.number) of \(plan.site), \(plan.scenario.rawValue), \(plan.strategy.rawValue):")
    print(
      "  \(from) → \(plan.green.release) (\(plan.green.pool), \(plan.green.count) × \(plan.green.image.short))"
    )
    print("")
    var rows = [["", "STEP", "UNDONE BY"]]
    for (index, step) in plan.steps.enumerated() {
      if index == plan.pointOfNoReturn { rows.append(["", "-- point of no return --", ""]) }
      let isFinal = plan.pointOfNoReturn.map { index >= $0 } ?? false
      rows.append(["\(index + 1)", step.title, isFinal ? "" : step.undoing ?? "-"])
    }
    Output.table(rows)
  }

  /// A line for a record as it's written; nil where there is nothing to say.
  static func line(_ record: JournalRecord, _ swap: SwapMachine) -> String? {
    let steps = swap.plan.steps
    switch record.event {
    case .planned, .resumed: return nil
    case .intent(let step, .forward): return "[\(step + 1)/\(steps.count)] \(steps[step].title)"
    case .intent(let step, .backward):
      return steps[step].undoing.map { "[\(step + 1)/\(steps.count)] undo: \($0)" }
    case .result(let step, _, let outcome):
      if let failure = outcome.failure {
        return (["[\(step + 1)/\(steps.count)] failed: \(failure)"] + (outcome.notes ?? []))
          .joined(separator: "\n")
      }
      guard !outcome.facts.isEmpty else { return nil }
      return outcome.facts.sorted { $0.key < $1.key }.map { "        \($0.key): \($0.value)" }
        .joined(separator: "\n")
    case .turned(let reason): return "rolling back: \(reason)"
    case .ended(.completed): return "completed"
    case .ended(.rolledBack): return "rolled back"
    }
  }

  /// The records that have no line of their own, in a word.
  static func word(_ event: SwapEvent) -> String {
    switch event {
    case .planned: "planned"
    case .resumed: "taken up again"
    case .result(_, .forward, _): "        done"
    case .result(_, .backward, _), .intent(_, .backward): "        undone"
    case .intent, .turned, .ended: ""
    }
  }

  static func state(_ swap: SwapMachine) -> String {
    if let ending = swap.ending { return ending.rawValue }
    if case .wait = swap.next { return "waiting" }
    return swap.direction == .forward ? "unfinished" : "rolling back"
  }

  /// The commands that a swap can go on with, where none is at work.
  static func choices(_ swap: SwapMachine) -> String {
    swap.direction == .forward && swap.canTurn
      ? "go on with 'hardtack swap resume', or back with 'hardtack swap abort'"
      : "go on with 'hardtack swap resume'"
  }

  /// Every swap in a line.
  static func history(_ swaps: [(swap: SwapMachine, records: [JournalRecord])]) {
    var rows = [["NUMBER", "BEGAN", "SCENARIO", "STRATEGY", "FROM", "TO", "TOOK", "OUTCOME"]]
    for (swap, records) in swaps {
      let plan = swap.plan
      let began = records.first?.time ?? 0
      let took = Duration.microseconds((records.last?.time ?? began) - began)
      rows.append([
        "\(plan.number)", time(began), plan.scenario.rawValue, plan.strategy.rawValue,
        plan.blue?.release ?? "-", plan.green.release, took.text,
        state(swap) + (swap.reason.map { ": \($0)" } ?? ""),
      ])
    }
    Output.table(rows)
  }

  /// Where a swap is, step by step.
  static func steps(_ swap: SwapMachine) {
    var rows: [[String]] = []
    for (index, step) in swap.plan.steps.enumerated() {
      let phase = swap.phases[index]
      rows.append(["\(index + 1)", phase == .pending ? "" : phase.rawValue, step.title])
    }
    Output.table(rows)
  }

  /// In the machine's time zone, to the second.
  static func time(_ microseconds: Int64) -> String {
    var seconds = time_t(microseconds / 1_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
