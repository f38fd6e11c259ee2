import Essentials

/// What a running HAProxy says of a backend.
struct HAProxyState: Sendable, Hashable {
  struct Server: Sendable, Hashable {
    var name: String
    var port: UInt16
    var state: BalancedServer.State
    /// What it has now; a server that drains since HAProxy started has 0.
    var weight: Int
    var isHealthy: Bool
    var isDown: Bool
    /// Whether its first check is still to come.
    var isUnchecked: Bool
    /// What the last check came to, as a text to show.
    var check: String
    /// Requests that it has, or that wait for a place with it.
    var sessions: Int
  }

  var servers: [Server]
  /// Requests that wait for a place with any server; those that are held aren't among them.
  var queued: Int

  /// From `show stat` (CSV, RFC 4180 but for the `# ` before the names) and `show servers state` (version 1), as in
  /// HAProxy's management guide, 9.1 and 9.3.
  init(stat: String, state: String, backend: String) throws(Diagnostic) {
    let rows = Self.table(stat)
    guard let total = rows.first(where: { $0["pxname"] == backend && $0["svname"] == "BACKEND" }) else {
      let names = rows.filter { $0["svname"] == "BACKEND" }.compactMap { $0["pxname"] }
      throw Diagnostic(
        .failed, "HAProxy has no backend '\(backend)'",
        hints: NearestName.hint(for: backend, among: names).map { [$0] } ?? [])
    }
    queued = Int(total["qcur"] ?? "") ?? 0
    var lines = state.split(separator: "\n")[...]
    guard lines.popFirst() == "1", let head = lines.popFirst(), head.hasPrefix("# ") else {
      throw Diagnostic(.failed, "HAProxy lists its servers in a form that isn't known here")
    }
    let names = head.dropFirst(2).split(separator: " ")
    servers = try lines.map { (line) throws(Diagnostic) in
      let fields = Dictionary(
        zip(names, line.split(separator: " ")).map { (String($0), String($1)) },
        uniquingKeysWith: { a, _ in a })
      guard fields["be_name"] == backend, let name = fields["srv_name"],
        let port = UInt16(fields["srv_port"] ?? ""), let admin = Int(fields["srv_admin_state"] ?? ""),
        let weight = Int(fields["srv_uweight"] ?? ""),
        let row = rows.first(where: { $0["pxname"] == backend && $0["svname"] == name })
      else { throw Diagnostic(.failed, "HAProxy's line on a server can't be read: \(line.printable)") }
      return Server(name: name, port: port, admin: admin, weight: weight, row: row)
    }
  }

  /// The rows of a CSV whose first line names the columns. No value that is used here is quoted or has a comma before it.
  private static func table(_ text: String) -> [[String: String]] {
    var lines = text.split(separator: "\n")[...]
    let names = (lines.popFirst() ?? "").drop { $0 == "#" || $0 == " " }.split(
      separator: ",", omittingEmptySubsequences: false)
    return lines.map { line in
      var row: [String: String] = [:]
      for (name, value) in zip(names, line.split(separator: ",", omittingEmptySubsequences: false)) {
        row[String(name)] = String(value)
      }
      return row
    }
  }
}

extension HAProxyState.Server {
  /// - Parameter admin: bits: 1, 2, 4 and 32 are reasons for maintenance, 8 and 16 for draining (`enum srv_admin` of
  ///   HAProxy's server-t.h).
  fileprivate init(name: String, port: UInt16, admin: Int, weight: Int, row: [String: String]) {
    self.name = name
    self.port = port
    self.weight = weight
    state = admin & 0b100111 != 0 ? .maintenance : admin & 0b11000 != 0 ? .drain : .ready
    let status = row["status"] ?? ""
    // While another check is under way the last result has a star before it.
    let result = (row["check_status"] ?? "").drop { $0 == "*" || $0 == " " }
    isDown = status.hasPrefix("DOWN")
    isHealthy = result.hasSuffix("OK") && !isDown && state != .maintenance
    isUnchecked = state != .maintenance && (result == "INI" || result.isEmpty)
    check = [String(result), row["check_code"] ?? "", row["last_chk"] ?? ""].filter { !$0.isEmpty }.joined(
      separator: " ")
    sessions = (Int(row["scur"] ?? "") ?? 0) + (Int(row["qcur"] ?? "") ?? 0)
  }
}
