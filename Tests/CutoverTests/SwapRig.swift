import Cutover
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A site with a real load balancer, a real database and stand-ins for machines, that is swapped by processes which may be
/// killed; it ends with this process or with the last reference.
final class SwapRig: Sendable {
  let folder: TemporaryFolder
  let port: UInt16
  private let aftermath: Aftermath

  init() async throws {
    folder = try TemporaryFolder()
    // PostgreSQL runs as a user of its own where this is root.
    chmod(folder.path.string, 0o711)
    let script = BuiltProgram.package.appending("Tests/Support/SwapWorker/stand_in.py")
    try DurableFile.write(try DurableFile.read(script), to: folder.appending("stand_in.py"))
    // A port that was free a moment ago.
    let found = try await Command(
      "python3",
      ["-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"]
    ).output()
    port = UInt16(String(decoding: found.dropLast(), as: UTF8.self)) ?? 0
    aftermath = try Aftermath(
      """
      "$2" stop "$1" "$3" v0 rolling
      for record in "$1"/machines/*.json; do
        pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' "$record")
        case $(tr '\\0' ' ' <"/proc/$pid/cmdline") in *"$1"*) kill -9 "$pid" ;; esac
      done
      """, in: folder, [BuiltProgram.path("SwapWorker").string, "\(port)"])
  }

  struct Outcome {
    var status: Int32
    var output: String
    /// How many moments passed at which a kill would be of interest.
    var moments: Int { Int(output.split(separator: "\n").first ?? "") ?? -1 }
    var wasKilled: Bool { status == 128 + SIGKILL }
  }

  @discardableResult
  func work(
    _ verb: String, _ release: String = "v0", _ strategy: Strategy = .allAtOnce, kill: Int? = nil
  ) async throws -> Outcome {
    let result = try await Command(
      BuiltProgram.path("SwapWorker").string,
      [verb, folder.path.string, "\(port)", release, strategy.rawValue] + (kill.map { ["\($0)"] } ?? [])
    ).run()
    return Outcome(status: result.status, output: result.outputText + result.errorText)
  }

  /// Traffic that a client sees, until `body` is done.
  func witnessed(rate: Double, _ body: () async throws -> Void) async throws -> [WitnessRecord] {
    let records = folder.appending("seen.\(UInt32.random(in: 0 ... .max))")
    let plan = WitnessPlan(
      port: port, rate: rate, requests: [.get("/"), .post("/order?{id}", "")], timeout: 300, duration: 900,
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
    return try WitnessFile.read(records)
  }

  /// The rows that the live database holds.
  func orders() async throws -> Int {
    let cluster = try PrivateCluster(folder: folder.appending("postgresql"))
    let site = try PostgreSQL(live: "rig", server: .cluster(cluster), folder: folder.path)
    let live = try #require(try Site("rig", in: PoolStoreFolder.of(folder)).live())
    let address = try await site.endpoint
    let url = try await site.url(of: live.pool, on: "rig", host: "\(address.host):\(address.port)")
    let output = try await Command(
      "psql",
      [
        "--no-psqlrc", "-qAt", String(decoding: url.reveal(), as: UTF8.self), "-c",
        "SELECT count(*) FROM orders",
      ]
    ).output()
    return Int(String(decoding: output.dropLast(), as: UTF8.self)) ?? -1
  }

  var site: Site { get throws { try Site("rig", in: PoolStoreFolder.of(folder)) } }
}
