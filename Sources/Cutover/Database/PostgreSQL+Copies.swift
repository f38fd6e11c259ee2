import Essentials

extension PostgreSQL {
  package func exists(_ database: String) async throws -> Bool {
    try DatabaseNames.check(database)
    return try await ask(["SELECT EXISTS (SELECT FROM pg_database WHERE datname = \(database))"])
      .hasPrefix("t")
  }

  package func clone(_ database: String, to copy: String) async throws {
    guard try await shouldCopy(database, to: copy) else { return try await prepare(copy) }
    try await build(copy, like: database) { new in
      // Both take part in one pg_dump's snapshot. Nothing is compressed between two programs of one machine.
      let dump = try await use { try $0.command("pg_dump", ["-w", "-Fc", "-Z0"], in: database) }
      let restore = try await use { try $0.command("pg_restore", Self.restore + ["-d", new], in: new) }
      try await told { try await dump.pipe(into: restore) }
    }
  }

  package func duplicate(_ database: String, to copy: String) async throws {
    guard try await shouldCopy(database, to: copy) else { return try await prepare(copy) }
    let new = names.passing("new", for: copy)
    try await dropPassing(new)
    do {
      try await withoutSessions(
        on: [database],
        [
          "CREATE DATABASE \(name: new) OWNER \(name: names.owner) TEMPLATE \(name: database)\(try await strategy(for: database))"
        ])
      try await finish(new, as: copy)
    } catch {
      await forget(passing: new)
      throw error
    }
  }

  package func drop(_ database: String) async throws {
    guard database != live else {
      throw Diagnostic(
        .usage, "'\(live.printable)' is the live database and isn't dropped",
        hints: ["for a site that has had its day: DROP DATABASE, by hand"])
    }
    guard try await exists(database) else { return }
    try await requireOwn(database)
    try await change(["DROP DATABASE IF EXISTS \(name: database) WITH (FORCE)"])
  }

  /// Options of pg_restore: one snapshot of one database, all of it or an error.
  static let restore = ["-w", "--exit-on-error"]

  /// Whether there's something to do.
  private func shouldCopy(_ database: String, to copy: String) async throws -> Bool {
    guard try await exists(database) else { throw missing(database) }
    guard try await exists(copy) else { return true }
    try await requireOwn(copy)
    return false
  }

  /// Sees that nobody else's database is taken for one of the site's.
  func requireOwn(_ database: String) async throws {
    let isOwn = try await ask([
      "SELECT pg_get_userbyid(datdba) = \(names.owner) FROM pg_database WHERE datname = \(database)"
    ]).hasPrefix("t")
    guard isOwn else {
      throw Diagnostic(
        .failed, "the database '\(database.printable)' isn't one of the site '\(live.printable)'",
        hints: ["choose another name"])
    }
  }

  /// How a template is copied: a large one as files, with a checkpoint before and after, where the server (15 and newer) would by itself
  /// write each page to its log and so everything twice.
  ///
  /// Measured on two busy processors: an empty database 0.6 to 0.9 s by files and 0.1 to 0.2 s by the log, one of 290 MB 1.9 and 2.1 s.
  private func strategy(for database: String) async throws -> SQL {
    let answer = try await ask([
      "SELECT current_setting('server_version_num')::int >= 150000 AND pg_database_size(\(database)) > 512 << 20"
    ])
    return answer.hasPrefix("t") ? " STRATEGY FILE_COPY" : ""
  }

  /// Runs statements that only go where nobody has a session with some databases, on which they take locks.
  ///
  /// The server waits for five seconds for sessions to end, and has new ones wait behind the lock. So once the lock is held, and not before,
  /// another session ends all that is there: nobody slips in between, nobody is refused who comes later, and there's nothing to put right
  /// should this process be killed.
  func withoutSessions(on databases: [String], _ statements: [SQL]) async throws {
    let suffix = " exclusive"
    let name = names.session + "epoch \(try epoch)" + suffix
    let list = SQL(joining: databases.map { "\($0)" }, by: ", ")
    let holder: SQL = "SELECT pid FROM pg_stat_activity WHERE application_name = \(name)"
    let ending: SQL = .block(
      declare: "began timestamptz := clock_timestamp(); seen boolean := false;",
      """
      LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (\(holder)) AND (seen OR clock_timestamp() > began + interval '2 s');
        seen := seen OR EXISTS (\(holder));
        PERFORM pg_terminate_backend(a.pid)
          FROM pg_database d JOIN pg_stat_activity a ON a.datid = d.oid
          WHERE d.datname IN (\(list)) AND a.backend_type = 'client backend' AND pg_has_role(a.usesysid, 'MEMBER')
            AND EXISTS (SELECT FROM pg_locks l WHERE l.classid = 'pg_database'::regclass AND l.objid = d.oid AND l.granted
              AND l.mode IN ('ShareLock', 'AccessExclusiveLock') AND l.pid IN (\(holder)));
        PERFORM pg_sleep(0.01);
      END LOOP;
      """)
    let ender = PSQL(address: try address, session: names.session + "epoch \(try epoch) ending")
    let database = try address.maintenance
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await ender.attempt([ending], in: database) }
      do { try await change(statements, suffix: suffix) } catch {
        group.cancelAll()
        throw try await naming(databases, error)
      }
      group.cancelAll()
    }
  }

  /// Says who is in the way.
  private func naming(_ databases: [String], _ error: any Error) async throws -> any Error {
    guard var diagnostic = error as? Diagnostic, diagnostic.category == .checkFailed else { return error }
    let list = SQL(joining: databases.map { "\($0)" }, by: ", ")
    let sessions = try await ask([
      """
      SELECT coalesce(json_agg(format('  process %s of %s, program %s', pid, usename, application_name)), '[]')
        FROM pg_stat_activity WHERE datname IN (\(list))
      """
    ]).decoded(as: [String].self)
    diagnostic.notes += sessions.map(\.printable)
    return diagnostic
  }

  /// Runs programs of PostgreSQL's, and has their errors say what to do.
  func told(_ body: () async throws -> Void) async throws {
    do { try await body() } catch let diagnostic as Diagnostic {
      let text = diagnostic.notes.joined()
      if text.contains("server version mismatch") {
        throw diagnostic.hint(
          "install the server's version of PostgreSQL's programs: apt-get install postgresql-client-VERSION")
      }
      if text.contains("No space left") {
        throw diagnostic.hint(
          "free some space on the disk that holds the server's data, then run the command again")
      }
      if text.contains("permission denied") || text.contains("must be owner") {
        throw diagnostic.hint(
          "what the database holds must belong to '\(names.owner)': REASSIGN OWNED BY … TO \(names.owner)")
      }
      throw diagnostic
    }
  }
}
