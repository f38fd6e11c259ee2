import Essentials
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Cutover

@Suite struct PostgreSQLAccessTests {
  @Test func `has what a release makes belong to the site, and lets readers read it`() async throws {
    let site = try await TestSite.open()
    try await site.database.grant(.read, to: "other", on: site.live, patience: .zero)
    try await site.run(
      """
      CREATE TABLE later (i int); CREATE SCHEMA apart; CREATE TABLE apart.t (i int); CREATE TYPE mood AS ENUM ('calm');
      ALTER TABLE entries ADD note text; CREATE SEQUENCE numbers; CREATE EXTENSION citext;
      """, as: "old")
    let owners = try await site.administer(
      "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('later', 't', 'numbers', 'entries')",
      on: site.live)
    #expect(owners == "\(site.live)_owner\n")
    #expect(
      try await site.run(
        "SELECT count(*) FROM later; SELECT count(*) FROM apart.t; SELECT last_value FROM numbers",
        as: "other") == "0\n0\n1\n")
    for sql in [
      "INSERT INTO later VALUES (1)", "CREATE TABLE x ()", "SELECT nextval('numbers')",
      "SET ROLE \(site.live)_owner",
    ] {
      await #expect(throws: Diagnostic.self) { try await site.run(sql, as: "other") }
    }
    // A second release goes on with what the first has made.
    try await site.database.grant(.write, to: "new", on: site.live, patience: .zero)
    try await site.run("ALTER TABLE later ADD j int; DROP TABLE apart.t", as: "new")
  }

  @Test func `names the transactions that are in the way`() async throws {
    let site = try await TestSite.open()
    let session = try await OpenSession(
      site, as: "old", "BEGIN; INSERT INTO entries (value) VALUES (1) /* what holds it up */;")
    let error = await #expect(throws: Diagnostic.self) {
      try await site.database.grant(.read, to: "old", on: site.live, patience: .milliseconds(200))
    }
    #expect(error?.category == .checkFailed)
    #expect(error?.notes.first?.contains("what holds it up") == true)
    #expect(error?.notes.first?.contains("idle in transaction, open for ") == true)
    // It goes on as if nothing had been.
    try session.run("COMMIT;")
    try await site.database.grant(.read, to: "old", on: site.live, patience: .seconds(5))
    #expect(try await site.run("SELECT count(*) FROM entries", as: "old") == "1\n")
  }

  @Test func `waits for a transaction to end, ends its session then, and idle ones at once`() async throws {
    let site = try await TestSite.open()
    let idle = try await OpenSession(site, as: "old", "SELECT 1;")
    let busy = try await OpenSession(site, as: "old", "BEGIN; INSERT INTO entries (value) VALUES (1);")
    async let lowered: Void = site.database.grant(.read, to: "old", on: site.live, patience: .seconds(60))
    while try await site.administer("SELECT count(*) FROM pg_stat_activity WHERE datname = '\(site.live)'")
      != "1\n"
    {}
    #expect(throws: Diagnostic.self) { try idle.run("INSERT INTO entries (value) VALUES (2);") }
    // A new session is a reader's already.
    await #expect(throws: Diagnostic.self) {
      try await site.run("INSERT INTO entries (value) VALUES (3)", as: "old")
    }
    try busy.run("INSERT INTO entries (value) VALUES (4); COMMIT;")
    try await lowered
    #expect(throws: Diagnostic.self) { try busy.run("INSERT INTO entries (value) VALUES (5);") }
    #expect(try await site.run("SELECT value FROM entries ORDER BY 1", as: "old") == "1\n4\n")
  }

  @Test func `counts a prepared transaction as open`() async throws {
    let cluster = try await TestCluster()
    let site = try await TestSite.open(in: cluster)
    try await site.administer("ALTER SYSTEM SET max_prepared_transactions = 2")
    try await cluster.cluster.stop()
    try await site.database.claim(epoch: 1)
    try await site.run(
      "BEGIN; INSERT INTO entries (value) VALUES (1); PREPARE TRANSACTION 'later'", as: "old")
    await #expect(throws: Diagnostic.self) {
      try await site.database.grant(.read, to: "old", on: site.live, patience: .milliseconds(100))
    }
    try await site.run("COMMIT PREPARED 'later'", as: "old")
    try await site.database.grant(.read, to: "old", on: site.live, patience: .seconds(5))
    try await cluster.cluster.stop()
  }

  @Test func `says so where rights were given behind its back`() async throws {
    let site = try await TestSite.open()
    let login = try site.database.names.login("old", on: site.live)
    try await site.administer("GRANT INSERT, DELETE ON entries TO \(login)", on: site.live)
    let error = await #expect(throws: Diagnostic.self) {
      try await site.database.grant(.read, to: "old", on: site.live, patience: .seconds(5))
    }
    #expect(error?.category == .checkFailed)
    #expect(error?.message.contains("it can write public.entries") == true)
    // Not before it's proved.
    #expect(try await site.database.access(of: "old", on: site.live) == .write)
    try await site.administer("REVOKE INSERT, DELETE ON entries FROM \(login)", on: site.live)
    try await site.database.grant(.read, to: "old", on: site.live, patience: .seconds(5))
    #expect(try await site.database.access(of: "old", on: site.live) == .read)
  }

  @Test func `ends statements that take longer than their limits`() async throws {
    let site = try await TestSite.open()
    try await site.database.limit("old", on: site.live, lock: .milliseconds(200), statement: .seconds(30))
    #expect(try await site.run("SHOW lock_timeout; SHOW statement_timeout", as: "old") == "200ms\n30s\n")
    let holder = try await OpenSession(site, as: "old", "BEGIN; SELECT FROM entries;")
    await #expect(throws: Diagnostic.self) { try await site.run("ALTER TABLE entries ADD x int", as: "old") }
    try await site.database.limit("old", on: site.live, lock: nil, statement: nil)
    #expect(try await site.run("SHOW lock_timeout; SHOW statement_timeout", as: "old") == "0\n0\n")
    withExtendedLifetime(holder) {}
  }

  @Test func `evicts a release that owns things, and leaves these`() async throws {
    let site = try await TestSite.open()
    let login = try site.database.names.login("old", on: site.live)
    let session = try await OpenSession(
      site, as: "old", "BEGIN; SET ROLE \(login); CREATE TABLE mine (i int); COMMIT; BEGIN;")
    try await site.database.evict("old")
    #expect(throws: Diagnostic.self) { try session.run("SELECT 1;") }
    await #expect(throws: Diagnostic.self) { try await site.run("SELECT 1", as: "old") }
    #expect(
      try await site.administer("SELECT tableowner FROM pg_tables WHERE tablename = 'mine'", on: site.live)
        == "\(site.live)_owner\n")
    #expect(try await site.administer("SELECT count(*) FROM pg_roles WHERE rolname = '\(login)'") == "0\n")
  }

  @Test(arguments: [
    "shop \"front\" 'x' \\ ;--", "läden 商店 🏪", "UPPER.case", "a=b host=x", "postgres://x/y",
    "$hardtack$ %I %L", "new\nline\t|",
  ])
  func `takes any name that PostgreSQL takes`(_ name: String) async throws {
    let site = try await TestSite.open(name)
    let copy = site.name("'\"")
    let release = "v1/\(name)\u{1B}'\"\\"
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("store"), creating: true)
    try await site.database.grant(.write, to: release, on: site.live, patience: .zero)
    try await site.run("INSERT INTO entries (value) VALUES (1)", as: release)
    try await site.database.clone(site.live, to: copy)
    let archive = try await site.database.archive(site.live, into: store)
    try await site.database.grant(.read, to: release, on: copy, patience: .zero)
    #expect(try await site.run("SELECT value FROM entries", as: release, on: copy) == "1\n")
    try await site.database.replace(site.live, with: copy)
    try await site.database.restore(archive, from: store, to: copy)
    #expect(try await site.database.checksum(of: copy) == site.database.checksum(of: site.live))
    try await site.database.duplicate(site.live, to: site.name("2"))
    try await site.database.evict(release)
    for database in [copy, site.name("2")] { try await site.database.drop(database) }
  }
}
