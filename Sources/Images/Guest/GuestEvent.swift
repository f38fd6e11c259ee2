import Essentials
import FoundationEssentials

/// One line that a guest writes into its port `hardtack.ready`.
///
/// The guest is not trusted: a line that can't be read is no event, whatever it holds. Names, states and reasons are
/// fit to be shown, on one line each, and no text is long.
package enum GuestEvent: Sendable, Hashable {
  /// The initrd has mounted the root tree and hands over to systemd.
  case mounted
  /// The start can't go on: the initrd says why.
  case failed(String)
  case unit(GuestUnit)
  /// A line of the journal of a unit that failed.
  case journal(unit: String, line: String)
  /// The guest carries an order out.
  case taken(order: String)
  /// A line of the journal of the unit that an order failed at.
  case said(order: String, line: String)
  /// An order has ended: `success`, `failed`, `refused` or `busy`, and what there is to say of it.
  case done(order: String, result: String, message: String)
  /// A report ends. Whether the start has ended, systemd's word for the state as a whole (`running`,
  /// `degraded`, `starting`) and the seconds since the kernel started.
  case state(settled: Bool, state: String, uptime: Double)

  /// The event that one line spells, without its line feed, or nil.
  package init?(line: some Collection<UInt8>) {
    guard line.count <= 64 << 10,
      let record = try? JSONDecoder().decode(
        Record.self, from: Data(String(decoding: line, as: UTF8.self).utf8))
    else { return nil }
    switch record.event {
    case "mounted": self = .mounted
    case "failed": self = .failed(record.message?.printable ?? "no reason given")
    case "unit":
      guard let name = record.Id?.printable else { return nil }
      self = .unit(
        GuestUnit(
          name: name, state: record.ActiveState?.printable ?? "unknown",
          result: record.Result?.printable ?? "unknown",
          exitCode: record.ExecMainStatus.flatMap { Int($0) } ?? 0,
          began: record.InactiveExitTimestampMonotonic.flatMap { Int64($0) } ?? 0,
          active: record.ActiveEnterTimestampMonotonic.flatMap { Int64($0) } ?? 0))
    case "journal":
      guard let unit = record.unit?.printable, let line = record.line else { return nil }
      self = .journal(unit: unit, line: Self.shortened(line))
    case "taken":
      guard let order = record.order?.printable else { return nil }
      self = .taken(order: order)
    case "said":
      guard let order = record.order?.printable, let line = record.line else { return nil }
      self = .said(order: order, line: Self.shortened(line))
    case "done":
      guard let order = record.order?.printable else { return nil }
      self = .done(
        order: order, result: record.result?.printable ?? "unknown",
        message: record.message?.printable ?? "")
    case "settled", "state":
      self = .state(
        settled: record.event == "settled", state: record.state?.printable ?? "unknown",
        uptime: record.uptime ?? 0)
    default: return nil
    }
  }

  private static func shortened(_ line: String) -> String {
    String(String.UnicodeScalarView(line.unicodeScalars.prefix(1000)))
  }

  private struct Record: Decodable {
    var event: String
    var message, unit, line, state, order, result: String?
    var uptime: Double?
    // As `systemctl show` names them.
    var Id, ActiveState, Result, ExecMainStatus: String?
    var InactiveExitTimestampMonotonic, ActiveEnterTimestampMonotonic: String?
  }
}

/// A unit of a guest's systemd, as it stood when the guest reported.
package struct GuestUnit: Codable, Sendable, Hashable {
  package var name: String
  /// systemd's `ActiveState`: `active`, `activating`, `failed`.
  package var state: String
  /// systemd's `Result`: `success`, `exit-code`, `timeout`.
  package var result: String
  package var exitCode: Int
  /// When it began to start, in microseconds since the kernel started; 0 where it didn't.
  package var began: Int64
  /// When it had started, in microseconds since the kernel started; 0 where it hasn't.
  package var active: Int64

  package init(
    name: String, state: String, result: String, exitCode: Int = 0, began: Int64 = 0, active: Int64 = 0
  ) {
    self.name = name
    self.state = state
    self.result = result
    self.exitCode = exitCode
    self.began = began
    self.active = active
  }

  /// How long it took to start, or nil where it hasn't.
  package var startTime: Duration? {
    guard active >= began, began > 0 else { return nil }
    return .microseconds(active - began)
  }
}
