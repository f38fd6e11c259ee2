import Cutover
import Essentials
import Storage

/// A server that holds numbers, in memory: what the tests of swaps have in PostgreSQL's place.
actor SimulatedServer {
  struct Login: Hashable {
    var release: String
    var database: String
  }

  private var epoch = 0
  private var databases: [String: [Int]] = [:]
  private var access: [Login: DatabaseAccess] = [:]
  private var transactions: [Login: Int] = [:]

  func claim(_ epoch: Int, live: String) throws(Diagnostic) {
    guard epoch >= self.epoch else { throw stale(epoch) }
    self.epoch = epoch
    if databases[live] == nil { databases[live] = [] }
  }

  func verify(_ epoch: Int) throws(Diagnostic) {
    guard epoch == self.epoch else { throw stale(epoch) }
  }

  private func stale(_ epoch: Int) -> Diagnostic {
    Diagnostic(.locked, "claimed by epoch \(self.epoch), and this is epoch \(epoch)")
  }

  func exists(_ database: String) -> Bool { databases[database] != nil }

  func content(_ database: String) throws(Diagnostic) -> [Int] {
    guard let rows = databases[database] else { throw missing(database) }
    return rows
  }

  func make(_ database: String, _ rows: [Int]) {
    if databases[database] == nil { databases[database] = rows }
  }

  func replace(_ database: String, with copy: String) throws(Diagnostic) {
    guard databases[database] != nil else { throw missing(database) }
    guard let rows = databases.removeValue(forKey: copy) else { return }
    databases[database] = rows
    access = access.filter { $0.key.database != copy }
  }

  func drop(_ database: String) {
    databases[database] = nil
    access = access.filter { $0.key.database != database }
  }

  func access(_ login: Login) throws(Diagnostic) -> DatabaseAccess {
    guard databases[login.database] != nil else { throw missing(login.database) }
    return access[login] ?? .none
  }

  /// Time doesn't pass here: a transaction that is open stays so for longer than anybody's patience.
  func grant(_ wanted: DatabaseAccess, _ login: Login) throws(Diagnostic) {
    let before = try access(login)
    guard wanted >= before || transactions[login, default: 0] == 0 else {
      throw Diagnostic(
        .checkFailed, "a transaction of '\(login.release)' is still open in '\(login.database)'")
    }
    access[login] = wanted
  }

  func evict(_ release: String) { access = access.filter { $0.key.release != release } }

  func insert(_ value: Int, _ login: Login) throws(Diagnostic) {
    guard try access(login) == .write else { throw refusal(login) }
    databases[login.database]?.append(value)
  }

  func values(_ login: Login) throws(Diagnostic) -> [Int] {
    guard try access(login) >= .read else { throw refusal(login) }
    return try content(login.database)
  }

  func begin(_ login: Login) { transactions[login, default: 0] += 1 }
  func end(_ login: Login) { transactions[login, default: 0] -= 1 }

  private func missing(_ database: String) -> Diagnostic {
    Diagnostic(.failed, "there is no database '\(database)'")
  }

  private func refusal(_ login: Login) -> Diagnostic {
    Diagnostic(.failed, "permission denied for '\(login.release)' in '\(login.database)'")
  }
}

/// What an operator has of a ``SimulatedServer``.
actor SimulatedDatabase: Database {
  nonisolated let live: String
  nonisolated var endpoint: (host: String, port: UInt16) { ("127.0.0.1", 5432) }
  let server: SimulatedServer
  private var epoch: Int?
  /// Called before and after each effect, with the call's name: a test may have it throw, for a process that is killed there.
  private let atEffect: @Sendable (String) throws -> Void

  init(
    live: String, server: SimulatedServer, atEffect: @escaping @Sendable (String) throws -> Void = { _ in }
  ) {
    self.live = live
    self.server = server
    self.atEffect = atEffect
  }

  private func effect<Result: Sendable>(
    _ name: String, _ body: (SimulatedServer) async throws -> Result
  ) async throws -> Result {
    guard let epoch else { throw Diagnostic(.bug, "the database was changed before it was claimed") }
    try await server.verify(epoch)
    try atEffect(name)
    let result = try await body(server)
    try atEffect(name)
    return result
  }

  func claim(epoch: Int) async throws {
    try await server.claim(epoch, live: live)
    self.epoch = epoch
  }

  func grant(_ access: DatabaseAccess, to release: String, on database: String, patience: Duration)
    async throws
  {
    try await effect("grant") { try await $0.grant(access, .init(release: release, database: database)) }
  }

  func access(of release: String, on database: String) async throws -> DatabaseAccess {
    try await server.access(.init(release: release, database: database))
  }

  func limit(_ release: String, on database: String, lock: Duration?, statement: Duration?) async throws {
    try await effect("limit") { _ = try await $0.content(database) }
  }

  func evict(_ release: String) async throws { try await effect("evict") { await $0.evict(release) } }

  func url(of release: String, on database: String, host: String) -> Secret {
    Secret("simulated://\(release)@\(host)/\(database)")
  }

  func exists(_ database: String) async throws -> Bool { await server.exists(database) }

  func clone(_ database: String, to copy: String) async throws {
    try await effect("clone") { await $0.make(copy, try await $0.content(database)) }
  }

  func duplicate(_ database: String, to copy: String) async throws {
    try await effect("duplicate") { await $0.make(copy, try await $0.content(database)) }
  }

  func replace(_ database: String, with copy: String) async throws {
    try await effect("replace") { try await $0.replace(database, with: copy) }
  }

  func drop(_ database: String) async throws {
    guard database != live else {
      throw Diagnostic(.usage, "'\(live)' is the live database and isn't dropped")
    }
    try await effect("drop") { await $0.drop(database) }
  }

  func checksum(of database: String) async throws -> Digest {
    Digest(of: try await server.content(database).sorted().map(String.init).joined(separator: " "))
  }

  func archive(_ database: String, into store: Store) async throws -> Digest {
    try await effect("archive") { server in
      try store.publish(
        Array(try await server.content(database).map(String.init).joined(separator: " ").utf8))
    }
  }

  func restore(_ archive: Digest, from store: Store, to database: String) async throws {
    let rows = String(decoding: try store.read(archive), as: UTF8.self).split(separator: " ").compactMap {
      Int($0)
    }
    try await effect("restore") { await $0.make(database, rows) }
  }
}

struct SimulatedHarness: DatabaseHarness {
  private let server = SimulatedServer()
  let database: any Database

  init() async throws {
    database = SimulatedDatabase(live: "shop", server: server)
    try await database.claim(epoch: 1)
    try await database.grant(.write, to: "old", on: "shop", patience: .zero)
  }

  func rival() -> any Database { SimulatedDatabase(live: "shop", server: server) }

  func insert(_ value: Int, as release: String, into name: String) async throws {
    try await server.insert(value, .init(release: release, database: name))
  }

  func values(as release: String, in name: String) async throws -> [Int] {
    try await server.values(.init(release: release, database: name))
  }

  func begin(as release: String, in name: String) async throws -> any Sendable {
    await server.begin(.init(release: release, database: name))
    return true
  }
}
