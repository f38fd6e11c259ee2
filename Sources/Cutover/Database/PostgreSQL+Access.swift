package import Essentials

extension PostgreSQL {
  package func grant(
    _ access: DatabaseAccess, to release: String, on database: String, patience: Duration
  ) async throws {
    let (login, before) = try await makeLogin(release, on: database)
    // A program started is 10 to 30 ms, and writers may be waiting: each step is one session.
    if access < before {
      // Whoever looks at a broken call's role must see that its sessions may still do what it could.
      try await lower(login, from: before, to: access, patience: patience)
    } else {
      try await change([setRights(access, login)])
    }
    try await prove(access, login)
    if access < before { try await change([mark(login)]) }
  }

  package func access(of release: String, on database: String) async throws -> DatabaseAccess {
    let role = try names.login(release, on: database)
    let output = try await ask([standing(of: role, on: database)])
    guard let standing = output.decodedIfAny(as: Standing.self) else { throw missing(database) }
    return standing.access
  }

  package func url(of release: String, on database: String, host: String) async throws -> Secret {
    let role = try names.login(release, on: database)
    let password = String(decoding: passwords.password(of: role).reveal(), as: UTF8.self)
    let unreserved = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
    let path = database.utf8.map { byte in
      unreserved.contains(byte)
        ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.text(CollectionOfOne(byte)).uppercased()
    }
    // The role's name and the password need no encoding.
    return Secret("postgres://\(role):\(password)@\(host)/\(path.joined())")
  }

  package func limit(
    _ release: String, on database: String, lock: Duration?, statement: Duration?
  ) async throws {
    let role = try await makeLogin(release, on: database).login.role
    func set(_ name: SQL, _ limit: Duration?) -> SQL {
      guard let limit else {
        return "ALTER ROLE \(name: role) IN DATABASE \(name: database) RESET \(name)"
      }
      let milliseconds = limit / .milliseconds(1)
      let whole = Int(max(1, min(Double(Int32.max), milliseconds.rounded())))
      return "ALTER ROLE \(name: role) IN DATABASE \(name: database) SET \(name) = \(whole)"
    }
    try await change([.transaction([set("lock_timeout", lock), set("statement_timeout", statement)])])
  }

  package func evict(_ release: String) async throws {
    try DatabaseNames.checkRelease(release)
    let roles = try await ask([
      """
      SELECT coalesce(json_agg(rolname ORDER BY rolname), '[]') FROM pg_roles
        WHERE starts_with(shobj_description(oid, 'pg_authid'), \(names.mark(of: release)))
      """
    ]).decoded(as: [String].self)
    for role in roles {
      // From here on nothing of it comes in; what is in ends.
      try await change([
        .transaction([
          "ALTER ROLE \(name: role) NOLOGIN",
          "REVOKE \(name: names.owner), \(name: names.reader) FROM \(name: role)",
        ]), endAll(of: role),
      ])
      // Objects that it made in a session without the group's role, and rights that it was given by hand.
      let databases = try await ask([
        """
        SELECT coalesce(json_agg(DISTINCT datname), '[]') FROM pg_database JOIN pg_shdepend d ON pg_database.oid = d.dbid
          WHERE refclassid = 'pg_authid'::regclass AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = \(role))
        """
      ]).decoded(as: [String].self)
      for database in databases {
        try await change(
          [
            .transaction([
              "REASSIGN OWNED BY \(name: role) TO \(name: names.owner)", "DROP OWNED BY \(name: role)",
            ])
          ], in: database)
      }
      try await change([.transaction(["DROP OWNED BY \(name: role)", "DROP ROLE \(name: role)"])])
    }
  }
}

/// A release's role for one database.
struct Login {
  var role: String
  var release: String
  var database: String
}

/// What a role may do, and whether it could do more when last it was told to do less.
private struct Standing: Decodable {
  var level: Int
  var falling: String?

  var access: DatabaseAccess {
    let level = DatabaseAccess(rawValue: level) ?? .none
    return max(level, falling.flatMap { Int($0) }.flatMap { DatabaseAccess(rawValue: $0) } ?? .none)
  }
}

extension PostgreSQL {
  /// A query for a ``Standing``; no row where there's no such database.
  private func standing(of role: String, on database: String) -> SQL {
    """
    SELECT json_build_object('level', CASE
        WHEN r.oid IS NULL OR NOT has_database_privilege(r.oid, d.oid, 'CONNECT') THEN 0
        WHEN pg_has_role(r.oid, \(names.owner), 'MEMBER') THEN 2
        WHEN pg_has_role(r.oid, \(names.reader), 'MEMBER') THEN 1 ELSE 0 END,
      'falling', substring(shobj_description(r.oid, 'pg_authid') FROM '^hardtack release [^ ]+ [^ ]+ from-([0-9]) '))
      FROM pg_database d LEFT JOIN pg_roles r ON r.rolname = \(role) WHERE d.datname = \(database)
    """
  }

  /// Makes the release's role for the database, or gives it its password again.
  /// - Returns: also what the role may do.
  private func makeLogin(
    _ release: String, on database: String
  ) async throws -> (login: Login, before: DatabaseAccess) {
    let role = try names.login(release, on: database)
    let password = ScramVerifier.text(passwords.password(of: role))
    let login = Login(role: role, release: release, database: database)
    let output = try await change([
      .block(
        """
        IF NOT EXISTS (SELECT FROM pg_database WHERE datname = \(database)) THEN
          RETURN;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = \(role)) THEN
          CREATE ROLE \(name: role) NOLOGIN;
          \(mark(login));
        END IF;
        -- To see its sessions and end them takes being one of its members.
        IF NOT pg_has_role(\(role), 'MEMBER') THEN
          GRANT \(name: role) TO CURRENT_USER;
        END IF;
        ALTER ROLE \(name: role) LOGIN INHERIT PASSWORD \(password);
        """),
      standing(of: role, on: database),
    ])
    guard let standing = output.decodedIfAny(as: Standing.self) else { throw missing(database) }
    return (login, standing.access)
  }

  /// Says in the role's comment for whom it is.
  /// - Parameter access: what its open sessions may still do.
  func mark(_ login: Login, falling access: DatabaseAccess? = nil) -> SQL {
    let state = access.map { "from-\($0.rawValue)" } ?? "steady"
    let text =
      "\(names.mark(of: login.release))\(state) for release \(login.release.printable) of \(live.printable)"
    return "COMMENT ON ROLE \(name: login.role) IS \(text)"
  }

  /// What a role may do is being in one of the groups, and being let into the database.
  ///
  /// What a writer makes in a session of its own belongs to the owners' group, since its sessions begin as that role; a session that is
  /// from before it was a writer may write at once, since membership is inherited.
  func setRights(_ access: DatabaseAccess, _ login: Login, falling: DatabaseAccess? = nil) -> SQL {
    let (role, database) = (login.role, login.database)
    let (owner, reader) = (names.owner, names.reader)
    let statements: [SQL]
    switch access {
    case .none:
      statements = [
        "REVOKE ALL ON DATABASE \(name: database) FROM \(name: role)",
        "REVOKE \(name: owner), \(name: reader) FROM \(name: role)",
        "ALTER ROLE \(name: role) IN DATABASE \(name: database) RESET role",
      ]
    case .read:
      statements = [
        "REVOKE ALL ON DATABASE \(name: database) FROM \(name: role)",
        "GRANT CONNECT ON DATABASE \(name: database) TO \(name: role)",
        "REVOKE \(name: owner) FROM \(name: role)", "GRANT \(name: reader) TO \(name: role)",
        "ALTER ROLE \(name: role) IN DATABASE \(name: database) RESET role",
      ]
    case .write:
      statements = [
        "GRANT CONNECT, TEMPORARY ON DATABASE \(name: database) TO \(name: role)",
        "GRANT \(name: owner) TO \(name: role)", "REVOKE \(name: reader) FROM \(name: role)",
        "ALTER ROLE \(name: role) IN DATABASE \(name: database) SET role = \(owner)",
      ]
    }
    return .transaction(statements + [mark(login, falling: falling)])
  }

  /// Ends the role's sessions, whatever they do, and waits until they're gone.
  func endAll(of role: String) -> SQL {
    .block(
      declare: "began timestamptz := clock_timestamp();",
      """
      LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = \(role);
        EXIT WHEN NOT FOUND;
        IF clock_timestamp() > began + interval '30 s' THEN
          RAISE EXCEPTION USING ERRCODE = \(SQLState.objectInUse), MESSAGE = 'a session of the release does not end';
        END IF;
        PERFORM pg_sleep(0.01);
      END LOOP;
      """)
  }
}

extension PostgreSQL {
  package var endpoint: (host: String, port: UInt16) {
    get async throws {
      let found = try address.passwordHost
      guard let port = UInt16(found.port), !found.host.hasPrefix("/") else {
        throw Diagnostic(
          .usage, "instances can't reach the database at \(found.host): it is no host and port",
          hints: ["name the server by an address in its URL"])
      }
      return (found.host, port)
    }
  }
}
