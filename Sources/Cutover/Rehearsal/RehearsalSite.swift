package import Essentials
import FoundationEssentials
import Glibc
package import Pools
import Storage
package import SystemPackage

/// A site with a load balancer and a database of its own, and processes in the place of machines: what a swap is rehearsed on.
package struct RehearsalSite: Sendable {
  package let folder: FilePath
  /// Of 127.0.0.1, where the load balancer listens.
  package let port: UInt16

  static let name = "rehearsal"
  /// How many instances a release has.
  static let count = 2

  /// Begins one.
  /// - Parameter folder: absolute; there is nothing in it yet.
  package init(in folder: FilePath) throws(Diagnostic) {
    try DurableFile.createFolder(folder)
    // PostgreSQL runs as a user of its own where this is root.
    guard chmod(folder.string, 0o711) == 0 else { throw .system(.current, "change the mode of", folder) }
    self.folder = folder
    port = try LoopbackPort.free()
    try DurableFile.write(Array("\(port)\n".utf8), to: Self.portFile(folder))
  }

  /// Begins one of this process's own, `rehearsal.PID` beside the pools.
  package init(in pools: PoolStore) throws(Diagnostic) {
    try DurableFile.createFolder(pools.folder, mode: 0o700)
    try self.init(in: pools.folder.appending("\(Self.name).\(getpid())"))
  }

  /// Removes those whose processes have ended without doing so.
  package static func removeAbandoned(in pools: PoolStore) async throws {
    for name in try FolderListing.names(in: pools.folder) where name.hasPrefix("\(Self.name).") {
      guard let pid = Int32(name.dropFirst(Self.name.utf8.count + 1)), kill(pid, 0) != 0, errno == ESRCH
      else { continue }
      try await RehearsalSite(of: pools.folder.appending(name)).remove()
    }
  }

  /// The one that ``init(in:)`` began.
  package init(of folder: FilePath) throws(Diagnostic) {
    let text = String(decoding: try DurableFile.read(Self.portFile(folder), limit: 64), as: UTF8.self)
    guard let port = UInt16(text.prefix { $0 != "\n" }) else {
      throw Diagnostic(.failed, "\(Self.portFile(folder)) holds no port")
    }
    self.folder = folder
    self.port = port
  }

  private static func portFile(_ folder: FilePath) -> FilePath { folder.appending("port") }

  package var site: Site {
    get throws(Diagnostic) { try Site(Self.name, in: PoolStore(folder: folder.appending("state"))) }
  }

  var cluster: PrivateCluster {
    get throws(Diagnostic) {
      try PrivateCluster(folder: PrivateCluster.suitableFolder(preferring: folder.appending("postgresql")))
    }
  }

  var balancer: HAProxy {
    get throws(Diagnostic) {
      try HAProxy(.embedded(in: folder.appending("haproxy"), port: port, check: .init(path: "/healthz/")))
    }
  }

  var database: PostgreSQL {
    get throws(Diagnostic) {
      try PostgreSQL(live: Self.name, server: .cluster(cluster), folder: folder)
    }
  }

  func machines(port: UInt16) -> StandInMachines {
    StandInMachines(folder: folder.appending("machines"), port: port)
  }

  /// Has a release behave badly from now on; see `stand_in.py`.
  package func spoil(_ release: String, _ fault: String) throws(Diagnostic) {
    try DurableFile.createFolder(folder.appending("machines"))
    try DurableFile.write(Array(fault.utf8), to: folder.appending("machines/\(release).fault"))
  }

  // MARK: Work

  /// What became of an order.
  package struct Outcome: Sendable {
    package var status: Int32
    /// What the process said, on either stream.
    package var output: String

    package var wasKilled: Bool { status == 128 + SIGKILL }
  }

  /// Has a process carry an order out.
  /// - Parameter program: what takes the folder and the order as its last arguments.
  package func work(_ order: RehearsalOrder, _ program: [String]) async throws -> Outcome {
    guard let name = program.first else { throw Diagnostic(.bug, "no program to rehearse with") }
    let arguments = program.dropFirst() + [folder.string, try order.text()]
    let result = try await Command(name, Array(arguments)).run()
    return Outcome(status: result.status, output: result.outputText + result.errorText)
  }

  /// What a client sees until `body` is done: as many GETs as POSTs, each of which stores an order once, at `rate` a second.
  package func witnessed(rate: Double, _ body: () async throws -> Void) async throws -> [WitnessRecord] {
    let records = folder.appending("seen.\(UInt32.random(in: 0 ... .max))")
    let plan = WitnessPlan(
      port: port, rate: rate, requests: [.get("/"), .post("/order?{id}", "")], timeout: 300, duration: 86_400,
      identifier: "w\(UInt32.random(in: 0 ... .max))")
    let traffic = Task { try await Witness.run(plan, into: records) }
    do {
      try await body()
    } catch {
      traffic.cancel()
      throw error
    }
    try DurableFile.write([], to: Witness.stopFile(of: records))
    try await traffic.value
    defer { for file in [records, Witness.stopFile(of: records)] { unlink(file.string) } }
    return try WitnessFile.read(records)
  }

  // MARK: State

  /// What a swap must leave as it found it, or as the new release wants it.
  package struct State: Sendable, Hashable {
    package var live: Deployment?
    /// The load balancer's, with their state.
    package var servers: [String]
    package var databases: [String]
    /// Roles that can log in.
    package var logins: [String]
    /// Instances that run.
    package var instances: [String]
  }

  package func state() async throws -> State {
    func rows(_ query: SQL) async throws -> [String] {
      try await database.ask([query]).split(separator: "\n").map(String.init)
    }
    return State(
      live: try site.live(),
      servers: try await balancer.servers().map { "\($0.name) \($0.state.rawValue)" },
      databases: try await rows(
        "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"),
      logins: try await rows(
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> \(PrivateCluster.superuser) ORDER BY 1"
      ),
      instances: try machines(port: 0).running)
  }

  /// How many orders the live database holds.
  package func orders() async throws -> Int {
    let text = try await database.ask(["SELECT count(*) FROM public.orders"], in: Self.name)
    guard let count = Int(text.prefix { $0 != "\n" }) else { throw Diagnostic(.failed, "no count: \(text)") }
    return count
  }

  /// The highest schema that the live database has.
  package func schema() async throws -> Int {
    let text = try await database.ask(["SELECT coalesce(max(number), 0) FROM public.schemas"], in: Self.name)
    return Int(text.prefix { $0 != "\n" }) ?? -1
  }

  /// Ends everything that runs on it, and removes its files.
  package func remove() async throws {
    try machines(port: 0).end()
    try await balancer.stop()
    let cluster = try cluster
    try await cluster.stop()
    for path in [folder, cluster.folder] { _ = try await Command("rm", ["-rf", "--", path.string]).output() }
  }
}
