import Essentials
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Cutover

/// What is said of servers that aren't as they must be, and what copies and checksums hold.
@Suite struct PostgreSQLServerTests {
  @Test(arguments: ["CREATEDB", "CREATEROLE", ""])
  func `says which right a role lacks`(_ attributes: String) async throws {
    let site = try await TestSite.served(attributes: attributes)
    let error = await #expect(throws: Diagnostic.self) { try await site.database.claim(epoch: 1) }
    #expect(error?.message.contains("lacks") == true)
    #expect(error?.hints.first?.contains("ALTER ROLE") == true)
  }

  @Test func `says what to do with a database that belongs to somebody else`() async throws {
    let site = try await TestSite.served()
    try await site.administer("ALTER DATABASE \(site.live) OWNER TO hardtack")
    let error = await #expect(throws: Diagnostic.self) { try await site.database.claim(epoch: 1) }
    #expect(error?.hints.first?.contains("REASSIGN OWNED BY") == true)
    try await site.administer("ALTER DATABASE \(site.live) RENAME TO \(site.live)_gone")
    await #expect(throws: Diagnostic.self) { try await site.database.claim(epoch: 1) }
    // Nor is another's taken for a copy or dropped.
    try await site.administer("CREATE DATABASE \(site.live) OWNER \(site.live)_owner")
    try await site.database.claim(epoch: 1)
    for call: @Sendable () async throws -> Void in [
      { try await site.database.drop(site.name("_gone")) },
      { try await site.database.clone(site.live, to: site.name("_gone")) },
      { try await site.database.replace(site.live, with: site.name("_gone")) },
    ] { await #expect(throws: Diagnostic.self) { try await call() } }
  }

  @Test func `says that it can't connect, and where, but no password`() async throws {
    let folder = try TemporaryFolder()
    let database = try PostgreSQL(
      live: "shop", server: .url(Secret("postgres://a:hunter2@127.0.0.1:9/x")), folder: folder.path)
    let error = await #expect(throws: Diagnostic.self) { try await database.claim(epoch: 1) }
    #expect(error?.message.contains("cannot connect to PostgreSQL at 127.0.0.1:9") == true)
    #expect(error?.description.contains("hunter2") == false)
    #expect(throws: Diagnostic.self) { try PostgreSQLPrograms.find("psql-of-nobody", version: 99) }
  }

  @Test func `refuses a session that a later epoch has ended`() async throws {
    let site = try await TestSite.open()
    let busy = try await OpenSession(site, as: "old", "BEGIN; INSERT INTO entries (value) VALUES (1);")
    let lowering = Task {
      try await site.database.grant(.read, to: "old", on: site.live, patience: .seconds(600))
    }
    while try await site.administer(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(site.database.names.session)epoch 1' AND state = 'active' AND query LIKE 'DO %began%'"
    ) != "1\n" {}
    try await site.rival().claim(epoch: 2)
    let error = await #expect(throws: Diagnostic.self) { try await lowering.value }
    #expect(error?.category == .locked, "\(String(describing: error))")
    withExtendedLifetime(busy) {}
  }

  @Test(arguments: [
    "INSERT INTO t VALUES (1, NULL)", "UPDATE t SET b = '' WHERE b IS NULL", "DELETE FROM t WHERE a = 3",
    "SELECT nextval('s')",
    "ALTER TABLE t ALTER b SET DEFAULT 'x'", "UPDATE t SET b = b || ' '",
    "SELECT lo_put(lo_creat(-1), 0, 'x')", "CREATE INDEX ON t (b)",
    "COMMENT ON TABLE t IS 'x'", "UPDATE p SET k = 2", "INSERT INTO t SELECT * FROM t",
  ])
  func `tells any two contents apart`(_ change: String) async throws {
    let site = try await TestSite.open()
    try await site.run(
      """
      CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, 'a,b"c'), (3, 'a,b"c'); CREATE SEQUENCE s;
      CREATE TABLE p (k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
      CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); INSERT INTO p VALUES (1);
      """, as: "old")
    let before = try await site.database.checksum(of: site.live)
    try await site.run(
      "CREATE TABLE u AS TABLE t; TRUNCATE t; INSERT INTO t SELECT * FROM u ORDER BY b DESC; DROP TABLE u",
      as: "old")
    #expect(try await site.database.checksum(of: site.live) == before)
    try await site.run(change, as: "old")
    #expect(try await site.database.checksum(of: site.live) != before)
  }

  @Test func `takes over who may do what, and what is set, with a copy's place`() async throws {
    let site = try await TestSite.open()
    let (live, copy) = (site.live, site.name("_copy"))
    try await site.administer(
      """
      CREATE ROLE \(live)_report; GRANT CONNECT ON DATABASE \(live) TO \(live)_report WITH GRANT OPTION;
      ALTER DATABASE \(live) SET search_path = "odd \"\"one\"\"", public; ALTER DATABASE \(live) SET work_mem = '7MB';
      ALTER ROLE \(live)_report IN DATABASE \(live) SET application_name = 'it''s a report';
      ALTER DATABASE \(live) CONNECTION LIMIT 50; COMMENT ON DATABASE \(live) IS 'what''s live';
      """)
    try await site.database.limit("old", on: live, lock: .seconds(1), statement: nil)
    let rights = """
      SELECT datacl::text, datconnlimit, pg_get_userbyid(datdba), shobj_description(d.oid, 'pg_database'),
        (SELECT json_agg(s ORDER BY 1) FROM (SELECT pg_get_userbyid(setrole), setconfig FROM pg_db_role_setting WHERE setdatabase = d.oid) s)::text
        FROM pg_database d WHERE datname = '\(live)'
      """
    let before = try await site.administer(rights)
    try await site.database.duplicate(live, to: copy)
    try await site.database.grant(.write, to: "new", on: copy, patience: .zero)
    try await site.run("CREATE TABLE migrated ()", as: "new", on: copy)
    try await site.database.replace(live, with: copy)
    func sorted(_ text: String) -> [Character] { text.sorted() }
    #expect(sorted(try await site.administer(rights)) == sorted(before))
    #expect(
      try await site.run("SELECT count(*) FROM migrated; SHOW search_path", as: "old")
        == "0\n\"odd \"\"one\"\"\", public\n")
    #expect(
      try await site.administer("SELECT tableowner FROM pg_tables WHERE tablename = 'migrated'", on: live)
        == "\(live)_owner\n")
  }
}
