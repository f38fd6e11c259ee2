import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Cutover

@Suite struct PostgreSQLNamesTests {
  @Test(arguments: [
    "", "'", "''", "\\", "\\'", "\"", "a\u{301}'\u{301}", "$$", "\n", "%", ":x :'x' :\"x\"", "\\q", "é商🏪",
    "; DROP TABLE x; --",
    "E'\\n'", String(repeating: "'\\\"", count: 5000),
  ])
  func `quotes so that PostgreSQL reads the same`(_ text: String) async throws {
    let site = try await TestSite()
    let back = try await site.database.ask([
      "SELECT to_json(\(text)::text) /* \(name: text.isEmpty ? "x" : String(text.prefix(60))) */"
    ])
    #expect(back.decodedIfAny(as: String.self) == text)
    guard !text.isEmpty, text.utf8.count <= 63 else { return }
    let names = try await site.database.ask(["SELECT row_to_json(t) FROM (SELECT 1 AS \(name: text)) t"])
    #expect(names.decodedIfAny(as: [String: Int].self) == [text: 1])
  }

  @Test func `keeps NUL out`() { #expect(SQL.literal("a\0b") == "'a\u{FFFD}b'") }

  @Test func `gives a block's code a delimiter that it doesn't hold`() {
    #expect(SQL.block("SELECT \("$hardtack$");").text.hasPrefix("DO $hardtack1$\n"))
  }

  @Test(arguments: [
    "", "x\0", String(repeating: "x", count: 64), "é" + String(repeating: "x", count: 62), "postgres",
    "template1", "hardtack_new_1",
  ])
  func `refuses what can't be a database's name`(_ name: String) {
    let error = #expect(throws: Diagnostic.self) { try DatabaseNames(live: name) }
    #expect(error?.category == .usage)
  }

  @Test func `keeps names short, apart, and readable`() throws {
    let names = try DatabaseNames(live: "shop")
    #expect(names.owner == "shop_owner")
    #expect(try names.login("v2", on: "shop").hasPrefix("shop_v2_"))
    let long = String(repeating: "läng", count: 12)
    let site = try DatabaseNames(live: long)
    var seen: Set<String> = [site.owner, site.reader]
    for release in [long, long + "x", "a", "A", "ä", "ö", "owner"] {
      for database in [long, "a", "A"] { seen.insert(try site.login(release, on: database)) }
    }
    #expect(seen.count == 23)
    #expect(seen.allSatisfy { $0.utf8.count <= 63 && $0.utf8.allSatisfy { $0 < 128 } })
    // Two databases and two releases whose names join to the same text.
    #expect(try names.login("b_c", on: "a") != names.login("c", on: "a_b"))
    #expect(throws: Diagnostic.self) { try names.login("", on: "shop") }
    #expect(throws: Diagnostic.self) { try names.login("v\0", on: "shop") }
  }

  @Test func `reads the URL of a server`() throws {
    let address = try ServerAddress(
      url: Secret("postgres://ad%40min:p%2F%3A@[::1]:5433/main%20one?sslmode=require&options=-c%20geqo%3Doff")
    )
    #expect(
      address.variables == [
        "PGUSER": "ad@min", "PGHOST": "::1", "PGPORT": "5433", "PGDATABASE": "main one",
        "PGSSLMODE": "require",
        "PGOPTIONS": "-c geqo=off",
      ])
    #expect(address.password?.reveal() == Array("p/:".utf8))
    #expect(try ServerAddress(url: Secret("postgresql://a@/x?host=/run/pg")).variables["PGHOST"] == "/run/pg")
    for url in [
      "mysql://a:hunter2@h/x", "postgres://a:hunter2@h:port/x", "postgres://:hunter2@h/x",
      "postgres://a:hunter2%@h/x", "postgres://a:hunter2@h/x?evil=1",
    ] {
      let error = #expect(throws: Diagnostic.self) { try ServerAddress(url: Secret(url)) }
      #expect(error?.category == .usage)
      #expect(error?.description.contains("hunter2") == false)
    }
  }

  @Test func `finds SQLSTATEs in any language`() {
    let failure = PSQL.failure("FEHLER:  42501: keine Berechtigung\nZEILE 1: x\nLOCATION:  f, x.c:1\n", "x")
    #expect(failure.state == "42501")
    #expect(failure.message == "keine Berechtigung")
    #expect(!failure.text.contains("LOCATION"))
    #expect(PSQL.failure("psql: error: connection to server failed: FATAL:  no", "x").state == nil)
  }
}
