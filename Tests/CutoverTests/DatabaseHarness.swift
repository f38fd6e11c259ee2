import Cutover
import Essentials
import SystemPackage
import TestSupport

/// A database of some kind, and a client of it: a table of numbers.
protocol DatabaseHarness: Sendable {
  /// Claimed by epoch 1; release `old` may write, and the table is there.
  var database: any Database { get }
  /// The same as another operator has it.
  func rival() throws -> any Database
  func insert(_ value: Int, as release: String, into name: String) async throws
  func values(as release: String, in name: String) async throws -> [Int]
  /// Begins a transaction of a release, which ends, undone, with the last reference to what comes back.
  func begin(as release: String, in name: String) async throws -> any Sendable
}

/// The kinds of database that keep the promises of ``Database``.
enum DatabaseKind: String, CaseIterable, Sendable {
  /// PostgreSQL in a private cluster.
  case cluster
  /// PostgreSQL by the URL of a role that is no superuser.
  case server

  func harness() async throws -> any DatabaseHarness {
    switch self {
    case .cluster: PostgreSQLHarness(site: try await .open())
    case .server: try await PostgreSQLHarness.byURL()
    }
  }
}

struct PostgreSQLHarness: DatabaseHarness {
  let site: TestSite
  var database: any Database { site.database }

  func rival() throws -> any Database { try site.rival() }

  func insert(_ value: Int, as release: String, into name: String) async throws {
    try await site.run("INSERT INTO entries (value) VALUES (\(value))", as: release, on: name)
  }

  func values(as release: String, in name: String) async throws -> [Int] {
    try await site.run("SELECT value FROM entries ORDER BY id", as: release, on: name)
      .split(separator: "\n").compactMap { Int($0) }
  }

  func begin(as release: String, in name: String) async throws -> any Sendable {
    try await OpenSession(site, as: release, on: name, "BEGIN; INSERT INTO entries (value) VALUES (-1);")
  }

  /// A site on the shared cluster, reached over TCP by a role that may create databases and roles, and no more.
  static func byURL() async throws -> PostgreSQLHarness {
    let site = try await TestSite.served()
    try await site.database.claim(epoch: 1)
    try await site.database.grant(.write, to: "old", on: site.live, patience: .seconds(5))
    try await site.run("CREATE TABLE entries (id bigserial PRIMARY KEY, value int NOT NULL)", as: "old")
    return PostgreSQLHarness(site: site)
  }
}

extension TestSite {
  /// A site that an administrator has prepared as the hints ask for it.
  static func served(attributes: String = "CREATEDB CREATEROLE") async throws -> TestSite {
    let site = try await TestSite("served")
    let admin = site.name("_admin")
    try await site.administer(
      """
      CREATE ROLE \(admin) LOGIN \(attributes) PASSWORD 'a%b';
      CREATE ROLE \(site.live)_owner NOLOGIN;
      CREATE DATABASE \(site.live) OWNER \(site.live)_owner TEMPLATE template0;
      """)
    let url =
      "postgres://\(admin):a%25b@127.0.0.1:\(try site.cluster.cluster.port())/postgres?sslmode=disable"
    return try TestSite(site, server: .url(Secret(url)))
  }

  private init(_ site: TestSite, server: PostgreSQL.Server) throws {
    cluster = site.cluster
    folder = site.folder
    live = site.live
    database = try PostgreSQL(live: site.live, server: server, folder: site.folder.path)
  }
}
