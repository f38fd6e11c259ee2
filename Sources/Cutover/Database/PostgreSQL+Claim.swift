import Essentials

/// What must be known of a server before it's used.
private struct ServerFacts: Decodable {
  var version: Int
  var isSuperuser: Bool
  var mayCreateDatabases: Bool
  var mayCreateRoles: Bool
  var role: String
}

/// What must be known of the live database.
private struct LiveFacts: Decodable {
  var owner: String
  var takesConnections: Bool
}

extension PostgreSQL {
  package func claim(epoch: Int) async throws {
    if case .cluster(let cluster) = server { try await cluster.start() }
    let address = try address
    let facts = try await examine()
    // Earlier epochs than the claimed one are refused before anything is made.
    remember(epoch)
    let psql = PSQL(address: address, session: names.session + "epoch \(epoch)")
    try await makeGroups(psql, isSuperuser: facts.isSuperuser)
    let outcome = try await psql.attempt([compareAndSet(epoch)], in: address.maintenance)
    if case .failure(let failed) = outcome {
      throw failed.failure.state == SQLState.stale ? stale(failed.failure.message) : failed.diagnostic
    }
    try await change([endEarlierSessions(epoch)])
    try await removePassing()
    try await prepareLive()
  }

  private func examine() async throws -> ServerFacts {
    let facts = try await ask([
      """
      SELECT json_build_object('version', current_setting('server_version_num')::int / 10000,
        'isSuperuser', rolsuper, 'mayCreateDatabases', rolcreatedb, 'mayCreateRoles', rolcreaterole, 'role', rolname)
        FROM pg_roles WHERE rolname = current_user
      """
    ]).decoded(as: ServerFacts.self)
    guard facts.version >= 13 else {
      throw Diagnostic(
        .failed, "PostgreSQL \(facts.version) is too old: 13 or newer is needed",
        hints: ["upgrade the server with pg_upgrade"])
    }
    guard facts.isSuperuser || facts.mayCreateDatabases && facts.mayCreateRoles else {
      let lacking = [
        facts.mayCreateDatabases ? nil : "CREATEDB", facts.mayCreateRoles ? nil : "CREATEROLE",
      ].compactMap { $0 }
      throw Diagnostic(
        .failed,
        "the role '\(facts.role.printable)' may not create what a swap needs: it lacks "
          + lacking.joined(separator: " and "),
        hints: ["as a superuser: ALTER ROLE \(SQL.identifier(facts.role)) \(lacking.joined(separator: " "))"])
    }
    return facts
  }

  /// Makes the two groups, with this role in them.
  private func makeGroups(_ psql: PSQL, isSuperuser: Bool) async throws {
    for group in [names.owner, names.reader] {
      let outcome = try await psql.attempt(
        [
          .block(
            """
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = \(group)) THEN
              CREATE ROLE \(name: group) NOLOGIN;
            END IF;
            """),
          isSuperuser ? "SELECT" : "GRANT \(name: group) TO CURRENT_USER",
        ], in: psql.address.maintenance)
      if case .failure(let failed) = outcome { throw failed.diagnostic }
    }
  }

  /// Writes the epoch down unless there's a later one.
  ///
  /// The lock makes one claim wait for another that is under way from the same database. Should two come from different ones, the
  /// last to write has it, and the other finds that out with its next statement.
  private func compareAndSet(_ epoch: Int) -> SQL {
    .block(
      declare: "found text;",
      """
      PERFORM pg_advisory_xact_lock(hashtextextended(\(names.owner), 0));
      found := \(claim);
      IF substring(found FROM '^hardtack epoch ([0-9]+)$')::bigint > \(epoch) THEN
        RAISE EXCEPTION USING ERRCODE = \(SQLState.stale), MESSAGE = found;
      END IF;
      COMMENT ON ROLE \(name: names.owner) IS \(Self.comment(epoch));
      """)
  }

  /// Ends what earlier epochs have under way, and waits until it has ended.
  private func endEarlierSessions(_ epoch: Int) -> SQL {
    let theirs: SQL =
      """
      FROM pg_stat_activity WHERE starts_with(application_name, \(names.session + "epoch ")) AND pid <> pg_backend_pid()
        AND NOT starts_with(application_name || ' ', \(names.session + "epoch \(epoch) "))
      """
    return .block(
      declare: "began timestamptz := clock_timestamp();",
      """
      LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT \(theirs));
        IF clock_timestamp() > began + interval '30 s' THEN
          RAISE EXCEPTION USING ERRCODE = \(SQLState.objectInUse),
            MESSAGE = 'a session of an earlier epoch does not end';
        END IF;
        PERFORM pg_terminate_backend(pid) \(theirs);
        PERFORM pg_sleep(0.01);
      END LOOP;
      """)
  }

  /// Removes the databases that a broken call has left.
  private func removePassing() async throws {
    let left = try await ask([
      """
      SELECT coalesce(json_agg(datname), '[]') FROM pg_database
        WHERE starts_with(datname, 'hardtack_') AND datdba = (SELECT oid FROM pg_roles WHERE rolname = \(names.owner))
      """
    ]).decoded(as: [String].self)
    for database in left { try await change(["DROP DATABASE IF EXISTS \(name: database) WITH (FORCE)"]) }
  }

  /// Makes the live database in a cluster of ours, and sees on a server of the user's own that it's as it must be.
  private func prepareLive() async throws {
    guard let facts = try await facts(of: live) else {
      guard case .cluster = server else {
        throw Diagnostic(
          .failed, "\(try address.description) has no database '\(live.printable)'",
          hints: ["make it, with what is to be live in it: createdb, pg_restore"])
      }
      try await build(live) { _ in }
      return
    }
    guard facts.owner == names.owner else {
      let (database, owner, group) = (
        SQL.identifier(live), SQL.identifier(facts.owner), SQL.identifier(names.owner)
      )
      throw Diagnostic(
        .checkFailed,
        "the database '\(live.printable)' belongs to '\(facts.owner.printable)', and must belong to '\(names.owner)'",
        hints: [
          "as a superuser, in \(database): REASSIGN OWNED BY \(owner) TO \(group);"
            + " ALTER DATABASE \(database) OWNER TO \(group)",
          "then let no program log in as \(owner) any more: each release gets a role of its own",
        ])
    }
    try await prepare(live)
  }

  private func facts(of database: String) async throws -> LiveFacts? {
    try await ask([
      """
      SELECT json_agg(json_build_object('owner', pg_get_userbyid(datdba), 'takesConnections', datallowconn))
        FROM pg_database WHERE datname = \(database)
      """
    ]).decodedIfAny(as: [LiveFacts].self)?.first
  }
}
