package import Essentials
import SystemPackage

extension PostgreSQL {
  /// The SHA-256 of, in one snapshot: the schema as pg_dump writes it, without owners and rights; for each table the SHA-256 of its rows'
  /// SHA-256s in the order of these; and each sequence's position.
  ///
  /// The server sorts a table's row digests within 256 buckets by their first byte and hashes each bucket's, then hashes the buckets in
  /// order. So the order of rows on the disk doesn't count, and two tables have the same digest only where they have the same rows equally
  /// often, or where a collision of SHA-256 is known: unlike with a sum or an exclusive or of digests, for which other rows of the same
  /// result can be found. A row is its text, as in pg_dump's data. A bucket's digests, 32 bytes each, must stay below the 1 GB of the server's
  /// largest value, which those of 8 thousand million rows do.
  ///
  /// What an extension has made, materialised views (a restore makes them anew) and foreign tables are left out.
  package func checksum(of database: String) async throws -> Digest {
    guard try await exists(database) else { throw missing(database) }
    return try await checksum(ofAny: database)
  }

  func checksum(ofAny database: String) async throws -> Digest {
    let address = try address
    let psql = PSQL(address: address, session: names.session + "reader")
    // pg_dump takes part in the snapshot of the session that starts it. psql hands the line to a shell, which sees constants only.
    let script = """
      BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
      SET LOCAL work_mem = '128MB';
      SELECT pg_export_snapshot() AS snapshot \\gset
      \\setenv HARDTACK_SNAPSHOT :snapshot
      \\! exec "$HARDTACK_PG_DUMP" -w --schema-only --no-owner --no-privileges --snapshot="$HARDTACK_SNAPSHOT" || echo failed
      \\echo '-- tables'
      \(Self.tables.text) \\gexec
      \(Self.sequences.text) \\gexec
      \(Self.largeObjects.text);
      COMMIT;

      """
    let command = try psql.command(
      "psql", ["-XqAtw", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"], in: database,
      input: Array(script.utf8),
      environment: ["HARDTACK_PG_DUMP": try PostgreSQLPrograms.find("pg_dump").string])
    let result = try await command.run()
    let failure = PSQL.failure(result.errorText, database)
    guard result.status == 0 else { throw FailedStatement(failure: failure, address: address).diagnostic }
    guard let end = result.outputText.firstRange(of: "\n-- PostgreSQL database dump complete\n"),
      !result.outputText[end.upperBound...].hasPrefix("failed")
    else {
      let failure = Diagnostic(.failed, "pg_dump failed", notes: Command.tail(result.errorText))
      try await told { throw failure }
      throw failure
    }
    let lines = result.output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let kept = lines.filter { line in !Self.volatile.contains { line.starts(with: $0.utf8) } }
    return Digest(of: Array(kept.joined(separator: [UInt8(ascii: "\n")])))
  }

  /// How lines of pg_dump's begin that differ between versions, or (since the fix of CVE-2025-8714) from run to run.
  private static let volatile = [
    "-- Dumped from database version ", "-- Dumped by pg_dump version ", "\\restrict ", "\\unrestrict ",
  ]

  private static let isExtensions: SQL =
    "EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')"

  /// Makes a query for each table, in the order of their names.
  private static let tables: SQL =
    """
    SELECT format($q$
        SELECT %L, coalesce(sum(rows), 0), encode(sha256(coalesce(string_agg(digest, '' ORDER BY bucket), '')), 'hex') FROM (
          SELECT get_byte(h, 0) AS bucket, count(*) AS rows, sha256(string_agg(h, '' ORDER BY h)) AS digest FROM (
            SELECT sha256(convert_to(t::text, 'UTF8')) AS h FROM ONLY %I.%I t) hashed GROUP BY 1) buckets
      $q$, to_json(nspname || '.' || relname), nspname, relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = 'r' AND relpersistence <> 't' AND NOT starts_with(nspname, 'pg_') AND nspname <> 'information_schema'
        AND NOT \(isExtensions)
      ORDER BY nspname COLLATE "C", relname COLLATE "C"
    """

  private static let sequences: SQL =
    """
    SELECT format('SELECT %L, last_value, is_called FROM %I.%I', to_json(nspname || '.' || relname), nspname, relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = 'S' AND relpersistence <> 't' AND NOT starts_with(nspname, 'pg_') AND NOT \(isExtensions)
      ORDER BY nspname COLLATE "C", relname COLLATE "C"
    """

  private static let largeObjects: SQL =
    """
    SELECT 'large objects', count(*), encode(sha256(coalesce(string_agg(convert_to(oid::text, 'UTF8') || sha256(lo_get(oid)), ''
      ORDER BY oid), '')), 'hex') FROM pg_largeobject_metadata
    """
}
