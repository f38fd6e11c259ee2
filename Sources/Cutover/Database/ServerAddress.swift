import Essentials
import Glibc

/// How a PostgreSQL server is reached, as the variables that libpq takes it from.
struct ServerAddress: Sendable {
  /// `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE` and others of libpq's, but no password.
  var variables: [String: String]
  /// Handed over in the environment, which only this user and root can read.
  var password: Secret?
  /// Where roles log in with a password: the host and port of the server as this machine sees it.
  var passwordHost: (host: String, port: String)

  /// As people know it.
  var description: String {
    let host = variables["PGHOST"] ?? "localhost"
    return "\(host):\(variables["PGPORT"] ?? "5432")".printable
  }

  /// The database that statements about others are given in.
  var maintenance: String { variables["PGDATABASE"] ?? "postgres" }

  /// What a program gets as its environment.
  /// - Parameters:
  ///   - database: that it connects to.
  ///   - session: how its session calls itself.
  func environment(database: String, session: String) -> [String: String] {
    var environment: [String: String] = [:]
    for name in ["PATH", "HOME", "TMPDIR"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    environment.merge(variables) { $1 }
    // libpq takes a name with `=` in it, or one that begins as a URL does, for a whole connection string where a program gives it
    // as an argument; not where it's in this variable.
    environment["PGDATABASE"] = database
    environment["PGAPPNAME"] = session
    environment["PGCLIENTENCODING"] = "UTF8"
    environment["LC_ALL"] = "C"
    if variables["PGCONNECT_TIMEOUT"] == nil { environment["PGCONNECT_TIMEOUT"] = "10" }
    if let password { environment["PGPASSWORD"] = String(decoding: password.reveal(), as: UTF8.self) }
    // What the server, the database or the role have set for sessions must not bear on ours; and nothing that the application
    // has in its schemas may stand in for what PostgreSQL brings (CVE-2018-1058).
    let settings = [
      "search_path=pg_catalog,pg_temp", "statement_timeout=0", "lock_timeout=0",
      "idle_in_transaction_session_timeout=0", "default_transaction_read_only=off",
      "client_min_messages=error", "datestyle=ISO", "timezone=UTC", "intervalstyle=postgres",
      "extra_float_digits=1", "bytea_output=hex", "standard_conforming_strings=on",
    ]
    let given = variables["PGOPTIONS"].map { $0 + " " } ?? ""
    environment["PGOPTIONS"] = given + settings.map { "-c " + $0 }.joined(separator: " ")
    return environment
  }

  /// The same server for another role, which logs in with a password.
  func login(_ role: String, _ password: Secret) -> ServerAddress {
    var address = self
    address.variables["PGUSER"] = role
    address.variables["PGHOST"] = passwordHost.host
    address.variables["PGPORT"] = passwordHost.port
    address.password = password
    return address
  }
}

extension ServerAddress {
  /// libpq's variables for what may stand behind the `?` of a URL.
  private static let options = [
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL", "sslsni": "PGSSLSNI", "connect_timeout": "PGCONNECT_TIMEOUT",
    "options": "PGOPTIONS", "channel_binding": "PGCHANNELBINDING", "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME", "target_session_attrs": "PGTARGETSESSIONATTRS", "host": "PGHOST",
    "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE",
  ]

  /// The server that a URL names, as libpq's connection URIs do: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE`.
  /// - Throws: what is wrong, without repeating the URL.
  init(url: Secret) throws(Diagnostic) {
    func refusal(_ reason: String) -> Diagnostic {
      Diagnostic(
        .usage, "the URL of the PostgreSQL server: \(reason)",
        hints: ["write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, other characters percent-encoded"])
    }
    let text = String(decoding: url.reveal(), as: UTF8.self)
    guard let scheme = ["postgres://", "postgresql://"].first(where: { text.hasPrefix($0) }) else {
      throw refusal("it doesn't begin with postgres://")
    }
    func decoded(_ part: Substring) throws(Diagnostic) -> String {
      var bytes: [UInt8] = []
      var rest = part.utf8[...]
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
          bytes.append(byte)
          continue
        }
        guard rest.count >= 2, let pair = Hexadecimal.bytes(Substring(rest.prefix(2))), pair[0] != 0 else {
          throw refusal("a % isn't followed by two hexadecimal digits")
        }
        bytes += pair
        rest = rest.dropFirst(2)
      }
      guard let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains("\0") else {
        throw refusal("it isn't UTF-8")
      }
      return text
    }
    let parts = text.dropFirst(scheme.count).split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var variables: [String: String] = [:]
    password = nil
    var place = path[0]
    if let at = place.lastIndex(of: "@") {
      let account = place[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      variables["PGUSER"] = try decoded(account[0])
      if account.count > 1 { password = Secret(try decoded(account[1])) }
      place = place[place.index(after: at)...]
    }
    if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
      variables["PGHOST"] = String(place[place.index(after: place.startIndex)..<end])
      place = place[place.index(after: end)...]
      if place.hasPrefix(":") { variables["PGPORT"] = String(place.dropFirst()) }
    } else {
      let pair = place.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if !pair[0].isEmpty { variables["PGHOST"] = try decoded(pair[0]) }
      if pair.count > 1 { variables["PGPORT"] = String(pair[1]) }
    }
    if path.count > 1, !path[1].isEmpty { variables["PGDATABASE"] = try decoded(path[1]) }
    for option in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try decoded(pair[0])
      let value = pair.count > 1 ? try decoded(pair[1]) : ""
      if name == "password" {
        password = Secret(value)
      } else if let variable = Self.options[name] {
        variables[variable] = value
      } else {
        throw refusal("the option '\(name.printable)' isn't known here")
      }
    }
    guard UInt16(variables["PGPORT"] ?? "5432") != nil else {
      throw refusal("the port is no number to 65535")
    }
    guard variables["PGUSER"]?.isEmpty == false else { throw refusal("the name of the role is missing") }
    if variables["PGHOST"] == nil { variables["PGHOST"] = "localhost" }
    if variables["PGDATABASE"] == nil { variables["PGDATABASE"] = "postgres" }
    self.variables = variables
    passwordHost = (variables["PGHOST"] ?? "localhost", variables["PGPORT"] ?? "5432")
  }
}
