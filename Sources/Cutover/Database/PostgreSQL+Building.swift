import Essentials

extension PostgreSQL {
  /// Makes a database that is there only when it's whole: `fill` fills one under another name.
  func build(_ database: String, like original: String? = nil, _ fill: (String) async throws -> Void)
    async throws
  {
    let new = names.passing("new", for: database)
    try await dropPassing(new)
    do {
      try await create(new, like: original)
      try await fill(new)
      try await finish(new, as: database)
    } catch {
      await forget(passing: new)
      throw error
    }
  }

  /// Makes an empty database that nobody but its owner and superusers get into.
  func create(_ new: String, like original: String?) async throws {
    let locale = try await locale(of: original)
    try await change([
      "CREATE DATABASE \(name: new) OWNER \(name: names.owner) TEMPLATE template0 \(locale)",
      "REVOKE ALL ON DATABASE \(name: new) FROM PUBLIC",
    ])
  }

  /// Keeps others out of a database that was built, and gives it its name.
  func finish(_ new: String, as database: String) async throws {
    try await prepare(new)
    try await change(["ALTER DATABASE \(name: new) RENAME TO \(name: database)"])
  }

  func dropPassing(_ database: String) async throws {
    try await change(["DROP DATABASE IF EXISTS \(name: database) WITH (FORCE)"])
  }

  /// Drops it after a failure, which is what has to be told; what can't be dropped now is when the database is claimed again.
  func forget(passing database: String) async {
    await Task { try? await dropPassing(database) }.value
  }

  /// Sees that only the site's roles reach the database, and that readers can read all of it, also what is made later.
  func prepare(_ database: String) async throws {
    try await change([
      "REVOKE ALL ON DATABASE \(name: database) FROM PUBLIC"
    ])
    let (owner, reader) = (names.owner, names.reader)
    try await change(
      [
        .transaction([
          "ALTER DEFAULT PRIVILEGES FOR ROLE \(name: owner) GRANT USAGE ON SCHEMAS TO \(name: reader)",
          "ALTER DEFAULT PRIVILEGES FOR ROLE \(name: owner) GRANT SELECT ON TABLES TO \(name: reader)",
          "ALTER DEFAULT PRIVILEGES FOR ROLE \(name: owner) GRANT SELECT ON SEQUENCES TO \(name: reader)",
          .block(
            declare: "schema text;",
            """
            FOR schema IN SELECT nspname FROM pg_namespace
              WHERE NOT starts_with(nspname, 'pg_') AND nspname <> 'information_schema'
            LOOP
              EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema, \(reader));
              EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', schema, \(reader));
              EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', schema, \(reader));
              EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', schema);
            END LOOP;
            """),
        ])
      ], in: database)
  }

  /// The encoding and collation of `original`, as `CREATE DATABASE` takes them.
  private func locale(of original: String?) async throws -> SQL {
    guard let original else { return "ENCODING 'UTF8'" }
    // By JSON since the columns differ between versions: datlocprovider came with 15, and daticulocale became datlocale with 17.
    let text = try await ask([
      """
      SELECT to_json(format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)
        || CASE j->>'datlocprovider' WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
             coalesce(j->>'datlocale', j->>'daticulocale'))
           WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j->>'datlocale') ELSE '' END)
        FROM pg_database d, to_jsonb(d) j WHERE datname = \(original)
      """
    ]).decodedIfAny(as: String.self)
    guard let text else { throw missing(original) }
    return SQL(stringLiteral: text)
  }

  func missing(_ database: String) -> Diagnostic {
    Diagnostic(.failed, "there is no database '\(database.printable)'")
  }
}
