import Essentials
import Images

/// What is known of a guest's start, as a value that takes its events.
struct StartMonitor {
  enum Verdict: Hashable {
    case pending
    /// systemd has started everything.
    case started
    /// The start has ended, but not well; one line says how.
    case failed(String)
  }

  private(set) var units: [GuestUnit] = []
  private(set) var journals: [String: [String]] = [:]
  private(set) var verdict = Verdict.pending
  /// How many reports have ended.
  private(set) var reports = 0
  private(set) var isMounted = false
  private var gathered: [GuestUnit] = []
  // The record of 64 instances with so many units each is one that ``StateFile`` reads.
  private static let limit = 512
  /// Of units, and of lines of each.
  private static let journalLimit = 40

  /// How many units a message names.
  private static let shown = 20

  mutating func receive(_ event: GuestEvent) {
    switch event {
    case .mounted: isMounted = true
    case .failed(let reason): verdict = .failed(reason)
    case .unit(let unit): if gathered.count < Self.limit { gathered.append(unit) }
    case .journal(let unit, let line):
      if journals[unit] == nil, journals.count >= Self.journalLimit { return }
      if journals[unit, default: []].count < Self.journalLimit { journals[unit, default: []].append(line) }
    case .taken, .said, .done: break
    case .state(let settled, let state, _):
      units = gathered.sorted { ($0.began, $0.name) < ($1.began, $1.name) }
      gathered = []
      reports += 1
      guard settled else { return }
      verdict = state == "running" ? .started : .failed(describe(state))
    }
  }

  var failedUnits: [GuestUnit] { units.filter { $0.state == "failed" } }

  private func describe(_ state: String) -> String {
    let failed = failedUnits.map(\.name)
    guard !failed.isEmpty else { return "the system is '\(state)' instead of 'running'" }
    if failed.count == 1 { return "the unit \(failed[0]) failed" }
    let named = failed.prefix(Self.shown).joined(separator: ", ")
    return "\(failed.count) units failed: \(named)\(failed.count > Self.shown ? " and others" : "")"
  }

  /// What a person wants to see of units that failed or hang.
  var notes: [String] {
    units.filter { $0.state != "active" }.prefix(Self.shown).flatMap { unit in
      let outcome = unit.state == "failed" ? "failed: \(unit.result), exit code \(unit.exitCode)" : unit.state
      let lines = (journals[unit.name] ?? []).map { Tail.plain($0.utf8) }
      return ["\(unit.name) \(outcome)"] + Command.tail(lines.joined(separator: "\n"), lines: 20)
    }
  }
}
