import Essentials

extension PostgreSQL {
  /// The renames, and who may do what with the new one, are one transaction: a database of that name is there at all times. What was in
  /// its place is then dropped; should that not happen, it's done by the next call, or the next claim.
  package func replace(_ database: String, with copy: String) async throws {
    try DatabaseNames.check(database)
    let old = names.passing("old", for: database)
    guard try await exists(copy) else {
      guard try await exists(database) else { throw missing(database) }
      return try await dropPassing(old)
    }
    guard try await exists(database) else { throw missing(database) }
    guard database != copy else {
      throw Diagnostic(.usage, "a database can't take its own place: '\(database.printable)'")
    }
    try await requireOwn(copy)
    try await dropPassing(old)
    try await withoutSessions(
      on: [database, copy],
      [
        .transaction([
          takeOver(copy, from: database),
          "ALTER DATABASE \(name: database) RENAME TO \(name: old)",
          "ALTER DATABASE \(name: copy) RENAME TO \(name: database)",
        ])
      ])
    try await dropPassing(old)
  }

  /// Gives `copy` what `original` has beside its content: its owner, who may do what with it, its limit and comment, and what is set for
  /// sessions with it, for all of them and for single roles.
  private func takeOver(_ copy: String, from original: String) -> SQL {
    let privileges: SQL =
      "FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a LEFT JOIN pg_roles r ON r.oid = a.grantee"
    // Lists are stored with their members quoted, and taking one from the current value keeps it as it is; a role isn't changed by
    // being looked at.
    return .block(
      declare: "o pg_database%ROWTYPE; t record; target text;",
      """
      SELECT * INTO STRICT o FROM pg_database WHERE datname = \(original);
      EXECUTE format('ALTER DATABASE %I OWNER TO %I', \(copy), pg_get_userbyid(o.datdba));
      EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT %s', \(copy), o.datconnlimit);
      EXECUTE format('COMMENT ON DATABASE %I IS %L', \(copy), shobj_description(o.oid, 'pg_database'));
      FOR t IN SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(rolname) END AS grantee \(privileges)
        WHERE datname = \(copy) AND a.grantee <> o.datdba
      LOOP
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM %s', \(copy), t.grantee);
      END LOOP;
      FOR t IN SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(rolname) END AS grantee, a.privilege_type AS privilege,
          a.is_grantable \(privileges) WHERE datname = \(original) AND a.grantee <> o.datdba
      LOOP
        EXECUTE format('GRANT %s ON DATABASE %I TO %s%s', t.privilege, \(copy), t.grantee,
          CASE WHEN t.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
      END LOOP;
      FOR t IN SELECT DISTINCT rolname FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase
        LEFT JOIN pg_roles r ON r.oid = setrole WHERE datname = \(copy)
      LOOP
        target := CASE WHEN t.rolname IS NULL THEN format('DATABASE %I', \(copy))
          ELSE format('ROLE %I IN DATABASE %I', t.rolname, \(copy)) END;
        EXECUTE format('ALTER %s RESET ALL', target);
      END LOOP;
      FOR t IN SELECT rolname, split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
        FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = setrole, unnest(setconfig) c WHERE setdatabase = o.oid
      LOOP
        target := CASE WHEN t.rolname IS NULL THEN format('DATABASE %I', \(copy))
          ELSE format('ROLE %I IN DATABASE %I', t.rolname, \(copy)) END;
        IF t.name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries') THEN
          PERFORM set_config(t.name, t.value, true);
          EXECUTE format('ALTER %s SET %s FROM CURRENT', target, t.name);
          PERFORM pg_catalog.set_config('search_path', 'pg_catalog,pg_temp', true);
        ELSE
          EXECUTE format('ALTER %s SET %s = %L', target, t.name, t.value);
        END IF;
      END LOOP;
      """)
  }
}
