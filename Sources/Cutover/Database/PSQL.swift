import Essentials
import SystemPackage

/// SQL, run by psql in a session of its own.
struct PSQL: Sendable {
  /// What the server, or psql, has refused.
  struct Failure: Sendable {
    /// Five characters (Appendix A of PostgreSQL's manual); nil where there was no session.
    var state: String?
    /// The first line, without severity and SQLSTATE.
    var message: String
    /// All that was said.
    var text: String
    /// Which database it was in.
    var database: String
  }

  var address: ServerAddress
  /// How the session calls itself in `pg_stat_activity`.
  var session: String

  /// Runs the statements in the order given, each in a transaction of its own unless it is one; none after the first that fails.
  /// - Returns: what they returned: a line a row, columns with `|` between them.
  func attempt(_ statements: [SQL], in database: String) async throws -> Result<String, FailedStatement> {
    let script = statements.map { $0.text + ";\n" }.joined()
    let result = try await command("psql", Self.arguments, in: database, input: Array(script.utf8)).run()
    guard result.status != 0 else { return .success(result.outputText) }
    return .failure(FailedStatement(failure: Self.failure(result.errorText, database), address: address))
  }

  /// Runs the statements.
  /// - Throws: where one fails.
  @discardableResult
  func run(_ statements: [SQL], in database: String) async throws -> String {
    let outcome = try await attempt(statements, in: database)
    switch outcome {
    case .success(let output): return output
    case .failure(let failed): throw failed.diagnostic
    }
  }

  /// One of PostgreSQL's client programs, as this session's user and with its name.
  func command(
    _ program: String, _ arguments: [String], in database: String, input: [UInt8] = [],
    environment: [String: String] = [:]
  ) throws(Diagnostic) -> Command {
    Command(
      try PostgreSQLPrograms.find(program).string, arguments,
      environment: address.environment(database: database, session: session).merging(environment) { $1 },
      input: input)
  }

  /// No start-up file, nothing but the rows, no prompt for a password, an end at the first error, and SQLSTATEs in errors.
  private static let arguments = ["-XqAtw", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"]

  /// Finds `SEVERITY:  SQLSTATE: message` in what psql says; the severity may be in any language.
  static func failure(_ text: String, _ database: String) -> Failure {
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
    let kept = lines.joined(separator: "\n")
    for line in lines {
      guard let gap = line.firstRange(of: ":  ") else { continue }
      let rest = line[gap.upperBound...]
      guard rest.utf8.count > 6, rest.dropFirst(5).hasPrefix(":"),
        rest.prefix(5).allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) })
      else { continue }
      let message = rest.dropFirst(6).drop { $0 == " " }
      return Failure(
        state: String(rest.prefix(5)), message: String(message), text: kept, database: database)
    }
    let message = lines.first { $0.contains("error: ") } ?? lines.first ?? "psql failed without a word"
    return Failure(state: nil, message: String(message), text: kept, database: database)
  }
}

/// A statement that failed; ``diagnostic`` is what a person reads of it.
struct FailedStatement: Error, Sendable {
  var failure: PSQL.Failure
  var address: ServerAddress

  var diagnostic: Diagnostic {
    let place = "PostgreSQL at \(address.description), database '\(failure.database.printable)'"
    let notes = Command.tail(failure.text)
    guard let state = failure.state else {
      return Diagnostic(
        .failed, "cannot connect to \(place)", notes: notes,
        hints: ["see that the server runs and lets this role in: \(failure.message.printable)"])
    }
    let diagnostic = Diagnostic(
      .failed, "\(place): \(failure.message.printable) (\(state))", notes: notes)
    switch state {
    case SQLState.insufficientPrivilege:
      return diagnostic.hint(
        "the administrative role needs CREATEDB and CREATEROLE: as a superuser, ALTER ROLE … CREATEDB CREATEROLE;"
          + " and the site's databases and what is in them must belong to the group that hardtack made")
    case SQLState.diskFull, SQLState.outOfDisk:
      return diagnostic.hint(
        "free some space on the disk that holds the server's data, then run the command again")
    case SQLState.objectInUse:
      return Diagnostic(
        .checkFailed, "\(place): \(failure.message.printable)", notes: notes,
        hints: ["end the sessions that a superuser, or a role that isn't this site's, has with it"])
    case SQLState.adminShutdown, SQLState.crashShutdown, SQLState.cannotConnectNow:
      return diagnostic.hint("the server ended the session or is starting; run the command again")
    case SQLState.tooManyConnections:
      return diagnostic.hint("raise the server's max_connections, or boot fewer instances")
    default: return diagnostic
    }
  }
}

/// SQLSTATEs that are told apart: PostgreSQL's own, from Appendix A of its manual, and two of this program's.
enum SQLState {
  static let insufficientPrivilege = "42501"
  static let diskFull = "53100"
  /// An error of the system's: ENOSPC reaches some statements as this one.
  static let outOfDisk = "58030"
  static let objectInUse = "55006"
  static let adminShutdown = "57P01"
  static let crashShutdown = "57P02"
  static let cannotConnectNow = "57P03"
  static let tooManyConnections = "53300"
  /// Another epoch has claimed the database.
  static let stale = "HT001"
  /// Undoes what was tried out.
  static let undo = "HT002"
}
