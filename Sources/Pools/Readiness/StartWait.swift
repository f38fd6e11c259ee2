import Essentials
import Glibc
import Images
import SystemPackage

/// Waits until an instance's guest has started, by what it writes into its files.
struct StartWait {
  var instance: PoolRecord.Instance
  var folder: FilePath
  var deadline: ContinuousClock.Instant
  var patience: Duration

  /// - Parameter show: is told what the guest is at.
  /// - Returns: the guest's services with their times, in the order in which they began.
  /// - Throws: `checkFailed` where a unit failed, the machine ended or time is up.
  func run(show: (String) -> Void) async throws -> [GuestUnit] {
    var monitor = StartMonitor()
    var events = LineReader(folder.appending(InstanceFiles.ready))
    var log = LineReader(folder.appending(InstanceFiles.console))
    var complaint: String?
    show("kernel")
    while true {
      // Looked at first: what a machine wrote before it ended still counts.
      let alive = instance.process?.isAlive ?? false
      if !alive { LogKeeper.finish(in: folder) }
      for line in events.next() { if let event = GuestEvent(line: line) { monitor.receive(event) } }
      let lines = log.next()
      if let activity = lines.compactMap(Self.activity).last { show(activity) }
      complaint = lines.compactMap(Self.complaint).last ?? complaint
      switch monitor.verdict {
      case .started: return monitor.units
      case .failed(let reason):
        throw explained(
          Diagnostic(.checkFailed, "the instance '\(instance.name)' did not start well: \(reason)"), monitor)
      case .pending: break
      }
      guard alive else {
        let outcome = complaint.map { "did not start well: \($0)" } ?? "ended before it had started"
        throw explained(Diagnostic(.checkFailed, "the instance '\(instance.name)' \(outcome)"), monitor)
      }
      guard ContinuousClock.now < deadline else { throw try await late(monitor, events) }
      try await Task.sleep(for: .milliseconds(25))
    }
  }

  /// Asks the guest what it's waiting for.
  private func late(_ monitor: StartMonitor, _ events: LineReader) async throws -> Diagnostic {
    var monitor = monitor
    var events = events
    if GuestControl.send(.report, to: folder) {
      let end = ContinuousClock.now + .seconds(15)
      let reports = monitor.reports
      while monitor.reports == reports, ContinuousClock.now < end {
        try await Task.sleep(for: .milliseconds(25))
        for line in events.next() { if let event = GuestEvent(line: line) { monitor.receive(event) } }
      }
    }
    let waiting = monitor.units.filter { $0.state == "activating" }.prefix(20).map(\.name)
    let what = waiting.isEmpty ? "" : ": it waits for \(waiting.joined(separator: ", "))"
    return explained(
      Diagnostic(
        .checkFailed,
        "the instance '\(instance.name)' had not started after \(patience.components.seconds) s\(what)",
        hints: ["give it more time with --patience"]), monitor)
  }

  /// The diagnostic with the ends of the logs.
  func explained(_ diagnostic: Diagnostic, _ monitor: StartMonitor = StartMonitor()) -> Diagnostic {
    var diagnostic = diagnostic
    diagnostic.notes += monitor.notes
    if monitor.failedUnits.isEmpty {
      diagnostic.notes += Tail.note(
        "the end of its log", folder.appending(InstanceFiles.console))
    }
    return diagnostic.hint("the whole log is in \(folder.appending(InstanceFiles.console))")
  }

  /// Why the initrd gave up, where a line of the log says so: it has no other way before it has loaded the port's driver.
  static func complaint(_ line: [UInt8]) -> String? {
    let text = Tail.plain(line)
    guard let range = text.firstRange(of: GuestInit.complaint) else { return nil }
    return text[range.upperBound...].printable
  }

  /// What a line of systemd's says it's starting.
  static func activity(_ line: [UInt8]) -> String? {
    let text = Tail.plain(line)
    guard let range = text.firstRange(of: "systemd[1]: Starting ") else { return nil }
    let unit = text[range.upperBound...].prefix { $0 != " " }
    return unit.isEmpty ? nil : String(unit.prefix(60))
  }
}
