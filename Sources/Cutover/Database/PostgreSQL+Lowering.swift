import Essentials

/// A session that is in a transaction.
private struct OpenSession: Decodable {
  var pid: Int
  var state: String
  var seconds: Double
  var query: String
}

extension PostgreSQL {
  /// Lowers a role's rights, and ends the sessions that it has from before, each once it's in no transaction.
  ///
  /// Revoking a group doesn't reach a session that has that group's role already. So each is ended as soon as it's seen idle, before
  /// it begins another transaction. The server looks, a hundred times a second: from outside it would take as long for each look as
  /// for starting a program. Should a transaction begin between the look and the signal, it's undone and its client told so.
  /// - Throws: `checkFailed` where transactions are open after `patience`, with the rights as they were.
  func lower(
    _ login: Login, from before: DatabaseAccess, to access: DatabaseAccess, patience: Duration
  ) async throws {
    let milliseconds = Int(max(0, min(86_400_000, patience / .milliseconds(1))))
    let (role, database) = (login.role, login.database)
    let earlier: SQL = "usename = \(role) AND backend_start <= current_setting('hardtack.began')::timestamptz"
    let prepared: SQL =
      "FROM pg_prepared_xacts WHERE database = \(database) AND owner IN (\(role), \(names.owner))"
    let output = try await change([
      setRights(access, login, falling: before),
      "SET hardtack.began = ''",
      .block(
        declare: "began timestamptz := clock_timestamp();",
        """
        PERFORM set_config('hardtack.began', began::text, false);
        LOOP
          PERFORM pg_stat_clear_snapshot();
          PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE \(earlier) AND state IN ('idle', 'idle in transaction (aborted)');
          PERFORM pg_stat_clear_snapshot();
          EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE \(earlier)) AND NOT EXISTS (SELECT \(prepared));
          EXIT WHEN clock_timestamp() > began + interval '1 ms' * \(milliseconds);
          PERFORM pg_sleep(0.01);
        END LOOP;
        """),
      """
      SELECT coalesce(json_agg(t), '[]') FROM (
        SELECT pid, coalesce(state, 'starting') AS state, left(query, 120) AS query,
            extract(epoch FROM clock_timestamp() - coalesce(xact_start, backend_start))::float8 AS seconds
          FROM pg_stat_activity WHERE \(earlier)
        UNION ALL SELECT 0, 'prepared: ' || gid, '', extract(epoch FROM clock_timestamp() - prepared)::float8 \(prepared)) t
      """,
    ])
    let left = try output.decoded(as: [OpenSession].self)
    guard !left.isEmpty else { return }
    try await change([setRights(before, login)])
    throw tooLong(left, login, patience)
  }

  private func tooLong(_ left: [OpenSession], _ login: Login, _ patience: Duration) -> Diagnostic {
    let count = left.count == 1 ? "a transaction is" : "\(left.count) transactions are"
    let notes = left.prefix(10).map { session in
      let age = (session.seconds * 10).rounded() / 10
      return "  process \(session.pid), \(session.state), open for \(age) s: \(session.query.printable)"
    }
    return Diagnostic(
      .checkFailed,
      "\(count) still open in '\(login.database.printable)' after \(patience); release '\(login.release.printable)' keeps its rights",
      notes: notes,
      hints: [
        "wait for it, or end it with 'SELECT pg_terminate_backend(PROCESS)', then go on"
          + (left.contains { $0.state == "disabled" }
            ? "; with track_activities off, no session can be seen to be idle" : "")
      ])
  }

  /// Sees that the role may do what it shall, and nothing more, by trying it out as that role; all of it is undone.
  func prove(_ access: DatabaseAccess, _ login: Login) async throws {
    let psql = PSQL(
      address: try address.login(login.role, passwords.password(of: login.role)),
      session: names.session + "probe")
    let outcome = try await psql.attempt(
      ["BEGIN", trial(access), "SELECT current_setting('hardtack.found')", "ROLLBACK"], in: login.database)
    switch (outcome, access) {
    case (.failure(let failed), .none) where failed.failure.state == nil: return
    case (.success, .none):
      throw disproved(login, "it can still connect to it")
    case (.failure(let failed), _):
      var diagnostic = failed.diagnostic
      diagnostic.category = .checkFailed
      throw diagnostic
    case (.success(let found), _):
      let found = found.split(separator: "\n").joined(separator: "; ")
      if !found.isEmpty { throw disproved(login, found) }
    }
  }

  private func disproved(_ login: Login, _ reason: String) -> Diagnostic {
    Diagnostic(
      .checkFailed,
      "release '\(login.release.printable)' has other rights in '\(login.database.printable)' than it was given: \(reason)",
      hints: [
        "look for rights given by hand: '\\dp', '\\dn+' and '\\drds' in psql; what the database holds must belong to '\(names.owner)'"
      ])
  }

  /// Leaves what isn't as it should be in the setting `hardtack.found`.
  ///
  /// A permission is checked before a row is looked for: what takes `WHERE false` is tried without touching any.
  private func trial(_ access: DatabaseAccess) -> SQL {
    let owner = names.owner
    let writes = access == .write
    func tried(_ statement: SQL, allowed: Bool, _ complaint: SQL) -> SQL {
      let undo: SQL = "RAISE EXCEPTION USING ERRCODE = \(SQLState.undo);"
      let complain: SQL = "found := found || \(complaint) || E'\\n';"
      return """
        BEGIN
          EXECUTE \(statement);
          \(undo)
        EXCEPTION
          WHEN SQLSTATE \(SQLState.undo) THEN \(allowed ? "NULL;" : complain)
          WHEN insufficient_privilege THEN \(allowed ? complain : "NULL;")
        END;
        """
    }
    let tables: SQL =
      """
      FOR t IN SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND NOT starts_with(nspname, 'pg_') AND nspname <> 'information_schema' ORDER BY 1
      LOOP
      """
    let asOwner: SQL =
      writes
      ? "IF current_user <> \(owner) THEN found := found || 'its sessions don''t begin as the owners'' group' || E'\\n'; END IF;"
      : tried(
        "'SET LOCAL ROLE ' || quote_ident(\(owner))", allowed: false, "'it can act as the owners'' group'")
    let write: SQL =
      writes
      ? ""
      : tried("'DELETE FROM ONLY ' || t.name || ' WHERE false'", allowed: false, "'it can write ' || t.name")
    return .block(
      declare: "t record; found text := '';",
      """
      \(asOwner)
      \(tried("'CREATE SCHEMA hardtack_probe'", allowed: writes, writes ? "'it can''t change the schema'" : "'it can change the schema'"))
      \(tables)
        \(tried("'SELECT FROM ' || t.name || ' LIMIT 0'", allowed: true, "'it can''t read ' || t.name"))
        \(write)
      END LOOP;
      FOR t IN SELECT nspname AS name FROM pg_namespace WHERE NOT \(writes ? "true" : "false") AND NOT starts_with(nspname, 'pg_')
        AND has_schema_privilege(oid, 'CREATE')
      LOOP
        found := found || 'it can make tables in the schema ' || t.name || E'\\n';
      END LOOP;
      PERFORM set_config('hardtack.found', found, true);
      """)
  }
}
