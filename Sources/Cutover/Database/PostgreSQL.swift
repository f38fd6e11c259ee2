package import Essentials
import Synchronization
package import SystemPackage

/// A site's data in PostgreSQL (13 or newer): in a private cluster or on a server of the user's own.
///
/// Everything that the site has in the server can be told by its names (``DatabaseNames``) and comments; nothing is kept elsewhere
/// but the key of the passwords:
///
///     LIVE                      the live database, owned by LIVE_owner
///     LIVE_owner                owns every object of the site's databases; its comment is `hardtack epoch N`
///     LIVE_reader               may read them, those that will be made too
///     DATABASE_RELEASE_DIGEST   a release's login to one database; a member of one of the two groups, or of none
///     hardtack_VERB_DIGEST      a database that is being built or taken away
///
/// The server's own catalogs are shared by all databases and transactional, so what is claimed can be checked wherever a statement
/// runs, and who may do what changes in one commit.
package struct PostgreSQL: Database {
  package enum Server: Sendable {
    /// Ours, started when it's claimed.
    case cluster(PrivateCluster)
    /// The user's own, by the URL of a role that may create databases and roles.
    case url(Secret)
  }

  package let server: Server
  let names: DatabaseNames
  let passwords: ReleasePasswords
  private let claimed = ClaimedEpoch()
  /// How many of the next statements may run: all of them, but where tests see what is left when a call ends between two.
  var allowance: (@Sendable (_ statements: Int) -> Int)?

  /// - Parameters:
  ///   - live: the live database's name.
  ///   - folder: the site's own, for the key of its passwords.
  package init(live: String, server: Server, folder: FilePath) throws(Diagnostic) {
    self.server = server
    names = try DatabaseNames(live: live)
    passwords = try ReleasePasswords(in: folder)
  }

  package var live: String { names.live }

  var address: ServerAddress {
    get throws(Diagnostic) {
      switch server {
      case .cluster(let cluster): try cluster.address()
      case .url(let url): try ServerAddress(url: url)
      }
    }
  }

  var epoch: Int {
    get throws(Diagnostic) {
      guard let epoch = claimed.value else {
        throw Diagnostic(.bug, "the database '\(live.printable)' was changed before it was claimed")
      }
      return epoch
    }
  }

  func remember(_ epoch: Int) { claimed.value = epoch }
}

/// The epoch that this process works for.
private final class ClaimedEpoch: Sendable {
  private let epoch = Mutex<Int?>(nil)

  var value: Int? {
    get { epoch.withLock { $0 } }
    set { epoch.withLock { $0 = newValue } }
  }
}

extension PostgreSQL {
  /// A session that changes nothing.
  func ask(_ statements: [SQL], in database: String? = nil) async throws -> String {
    let address = try address
    return try await PSQL(address: address, session: names.session + "reader")
      .run(statements, in: database ?? address.maintenance)
  }

  /// A session with effects: it ends before the first of them where another epoch has the database.
  ///
  /// The check holds for the whole session. A later epoch ends the sessions of earlier ones after it is written down: a session
  /// that looked before is there to be ended, and one that comes after looks in vain.
  @discardableResult
  func change(_ statements: [SQL], in database: String? = nil, suffix: String = "") async throws -> String {
    let address = try address
    let psql = try session(suffix)
    let allowed = min(statements.count, allowance?(statements.count) ?? statements.count)
    let run = [check(try epoch)] + statements.prefix(allowed)
    let outcome = try await psql.attempt(run, in: database ?? address.maintenance)
    switch outcome {
    case .success(let output):
      guard allowed == statements.count else { throw Self.interrupted }
      return output
    case .failure(let failed):
      if failed.failure.state == SQLState.stale { throw stale(failed.failure.message) }
      // Perhaps by the claim of a later epoch.
      if failed.failure.state == SQLState.adminShutdown { try await verifyEpoch() }
      throw failed.diagnostic
    }
  }

  /// A client program with effects, on databases that aren't in use yet.
  func use(_ command: (PSQL) throws -> Command) async throws -> Command {
    guard allowance?(1) ?? 1 > 0 else { throw Self.interrupted }
    try await verifyEpoch()
    return try command(session(""))
  }

  /// - Throws: `locked` where another epoch has the database.
  func verifyEpoch() async throws {
    let psql = try session("")
    for attempt in 1... {
      let outcome = try await psql.attempt([check(try epoch)], in: try address.maintenance)
      guard case .failure(let failed) = outcome else { return }
      if failed.failure.state == SQLState.stale { throw stale(failed.failure.message) }
      // The later epoch goes on ending sessions until there are none, this one too.
      guard failed.failure.state == SQLState.adminShutdown, attempt < 50 else { throw failed.diagnostic }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private func session(_ suffix: String) throws(Diagnostic) -> PSQL {
    PSQL(address: try address, session: names.session + "epoch \(try epoch)\(suffix)")
  }

  private func check(_ epoch: Int) -> SQL {
    .block(
      declare: "found text := \(claim);",
      """
      IF found IS DISTINCT FROM \(Self.comment(epoch)) THEN
        RAISE EXCEPTION USING ERRCODE = \(SQLState.stale), MESSAGE = coalesce(found, 'nobody');
      END IF;
      """)
  }

  /// What the owners' group says of who has the site; nil where there's no such group.
  var claim: SQL {
    "(SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = \(names.owner))"
  }

  static func comment(_ epoch: Int) -> String { "hardtack epoch \(epoch)" }

  func stale(_ found: String) -> Diagnostic {
    Diagnostic(
      .locked,
      "the database '\(live.printable)' is claimed by \(found.printable), and this is \(claimed.value.map(Self.comment) ?? "nobody")",
      hints: ["another operator has taken the site over; see 'hardtack swap status'"])
  }

  private static let interrupted = Diagnostic(.failed, "interrupted between two statements")
}
