import Cutover
import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport

/// A private cluster of the tests' own, that ends with this process or with the last reference, however that happens.
final class TestCluster: Sendable {
  let folder: TemporaryFolder
  let cluster: PrivateCluster
  private let aftermath: Aftermath

  /// One for all tests that don't harm it: making one takes a second.
  static let shared = Task { try await TestCluster() }

  init() async throws {
    folder = try TemporaryFolder()
    // PostgreSQL runs as a user of its own where this is root.
    chmod(folder.path.string, 0o711)
    cluster = try PrivateCluster(folder: folder.appending("postgresql"))
    aftermath = try Aftermath(
      """
      pid=$(head -n 1 "$2/data/postmaster.pid") && case $(readlink "/proc/$pid/cwd") in "$2/data") kill -QUIT "$pid" ;; esac
      tries=0
      while [ -n "$pid" ] && kill -0 "$pid" && [ $((tries += 1)) -lt 200 ]; do sleep 0.02; done
      """, in: folder, [cluster.folder.string])
    try await cluster.start()
  }
}

/// A site of one test's own.
struct TestSite: Sendable {
  let cluster: TestCluster
  let database: PostgreSQL
  let live: String
  /// The site's own folder, which the operators of a site share.
  let folder: TemporaryFolder

  /// - Parameter live: what the live database's name begins with.
  init(_ live: String = "shop", in given: TestCluster? = nil) async throws {
    if let given { cluster = given } else { cluster = try await TestCluster.shared.value }
    folder = try TemporaryFolder()
    self.live = live + "_" + String(UInt32.random(in: 0 ... .max), radix: 36)
    database = try PostgreSQL(live: self.live, server: .cluster(cluster.cluster), folder: folder.path)
  }

  /// The site as another operator has it.
  func rival() throws -> PostgreSQL {
    try PostgreSQL(live: live, server: database.server, folder: folder.path)
  }

  /// The site, claimed, with a table that release `old` writes.
  static func open(_ live: String = "shop", in given: TestCluster? = nil) async throws -> TestSite {
    let site = try await TestSite(live, in: given)
    try await site.database.claim(epoch: 1)
    try await site.database.grant(.write, to: "old", on: site.live, patience: .seconds(5))
    try await site.run("CREATE TABLE entries (id bigserial PRIMARY KEY, value int NOT NULL)", as: "old")
    return site
  }

  func name(_ suffix: String) -> String { live + suffix }

  /// What psql needs to be `release`.
  func environment(_ release: String, on name: String? = nil) async throws -> [String: String] {
    let url = try await database.url(
      of: release, on: name ?? live, host: "127.0.0.1:\(cluster.cluster.port())")
    return ["PATH": "/usr/bin:/bin", "DATABASE_URL": String(decoding: url.reveal(), as: UTF8.self)]
  }

  /// Runs SQL as a release.
  @discardableResult
  func run(_ sql: String, as release: String, on name: String? = nil) async throws -> String {
    let environment = try await environment(release, on: name)
    let url = environment["DATABASE_URL"] ?? ""
    return String(
      decoding: try await Command(
        Self.psql, ["-XqAtw", "-v", "ON_ERROR_STOP=1", "-d", url], environment: environment,
        input: Array(sql.utf8)
      ).output(), as: UTF8.self)
  }

  /// Runs SQL as the cluster's superuser.
  @discardableResult
  func administer(_ sql: String, on name: String = "postgres") async throws -> String {
    let environment = [
      "PATH": "/usr/bin:/bin", "PGHOST": cluster.cluster.folder.appending("socket").string,
      "PGPORT": String(try cluster.cluster.port()), "PGUSER": "hardtack", "PGDATABASE": name,
    ]
    return String(
      decoding: try await Command(
        Self.psql, ["-XqAtw", "-v", "ON_ERROR_STOP=1"], environment: environment, input: Array(sql.utf8)
      ).output(), as: UTF8.self)
  }

  static let psql = "/usr/lib/postgresql/15/bin/psql"
}

/// psql as a release, held open: a transaction that doesn't end by itself.
final class OpenSession: Sendable {
  private let process: ChildProcess
  /// psql reads from here for as long as this end is open.
  private let pipe: FileDescriptor

  /// Runs `sql` and leaves the session open for as long as this object lives.
  init(_ site: TestSite, as release: String, on name: String? = nil, _ sql: String) async throws {
    let environment = try await site.environment(release, on: name)
    let path = site.folder.appending("session.\(UInt32.random(in: 0 ... .max))")
    guard mkfifo(path.string, 0o600) == 0 else { throw Diagnostic.system(.current, "create", path) }
    pipe = try FileDescriptor.open(path, .readWrite, options: .closeOnExec)
    process = try ChildProcess(
      TestSite.psql,
      ["-XqAtw", "-v", "ON_ERROR_STOP=1", "-d", environment["DATABASE_URL"] ?? "", "-f", path.string],
      environment: environment, error: "/dev/null")
    try run(sql)
  }

  /// Runs more, which must not fail.
  func run(_ sql: String) throws {
    try pipe.writeAll("\(sql)\n\\echo done\n".utf8)
    while true {
      let line = try process.readLine()
      if line == "done" { return }
      guard !line.isEmpty else { throw Diagnostic(.failed, "the session ended") }
    }
  }

  deinit {
    process.kill()
    try? pipe.close()
  }
}
