import Essentials
import Glibc
package import SystemPackage

extension SwapSession {
  /// Writes the report of a swap that has begun: its steps, and what its witness saw.
  /// - Returns: the page's path.
  @discardableResult
  package func writeReport(_ number: Int) throws -> FilePath {
    let (swap, records) = try site.swap(number)
    let seen = try? WitnessFile.read(site.requests(number))
    let steps = Self.steps(swap, records)
    let marks = steps.map { WitnessSummary.Mark($0.name, at: $0.start) }
    let report = SwapReport(
      title:
        "Swap \(number) of \(site.name): \(swap.plan.blue?.release ?? "nothing") → \(swap.plan.green.release)",
      outcome: Self.outcome(swap),
      conclusion: swap.reason
        ?? swap.facts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        .joined(separator: "; "),
      steps: steps, summary: seen.map { WitnessSummary($0, marks: marks) },
      buckets: seen.map { WitnessBucket.series($0) } ?? [])
    let path = site.report(number)
    try DurableFile.write(Array(report.html().utf8), to: path, mode: [.ownerReadWrite])
    return path
  }

  private static func outcome(_ swap: SwapMachine) -> SwapReport.Outcome {
    switch swap.ending {
    case .completed: .done
    case .rolledBack: .undone
    case nil: .unfinished
    }
  }

  /// A step for each time that one was done or undone.
  private static func steps(_ swap: SwapMachine, _ records: [JournalRecord]) -> [SwapReport.Step] {
    var steps: [SwapReport.Step] = []
    var open: [Int: Int] = [:]
    for record in records {
      switch record.event {
      case .intent(let step, let direction):
        let what = swap.plan.steps[step]
        let title = direction == .forward ? what.title : "undo: \(what.undoing ?? what.title)"
        open[step] = steps.count
        steps.append(SwapReport.Step(title, from: record.time, to: nil, .unfinished))
      case .result(let step, let direction, let outcome):
        guard let index = open.removeValue(forKey: step) else { continue }
        steps[index].end = record.time
        steps[index].outcome = outcome.failure != nil ? .failed : direction == .forward ? .done : .undone
        steps[index].detail =
          outcome.failure
          ?? outcome.facts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
      case .planned, .resumed, .turned, .ended: continue
      }
    }
    return steps
  }
}
