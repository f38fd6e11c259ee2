// Swaps releases of a stand-in application on a site in FOLDER, with a real load balancer and a real database.
//
// Usage: SwapWorker run|test|resume|abort|stop FOLDER PORT RELEASE STRATEGY [KILL]
//   RELEASE is `v` and the number of the schema that it wants; KILL is the number of the moment, counted from 0, at
//   which the process kills itself. Prints the number of moments that it passed.

import Cutover
import Essentials
import Glibc
import Pools
import Storage
import Synchronization
import SystemPackage

@main struct SwapWorker {
  static func main() async {
    do {
      try await work()
    } catch {
      print("\(error)")
      exit(1)
    }
  }

  private static func work() async throws {
    let words = CommandLine.arguments
    let folder = FilePath(words[2])
    guard let port = UInt16(words[3]) else { throw Diagnostic(.usage, "no port: \(words[3])") }
    let pools = PoolStore(folder: folder.appending("state"))
    let site = try Site("rig", in: pools)
    let cluster = try PrivateCluster(folder: folder.appending("postgresql"))
    let balancer = try HAProxy(
      .embedded(in: folder.appending("haproxy"), port: port, check: .init(path: "/healthz/")))
    let database = try PostgreSQL(live: "rig", server: .cluster(cluster), folder: folder)
    if words[1] == "stop" {
      try await balancer.stop()
      return try await cluster.stop()
    }
    try await cluster.start()
    let machines = folder.appending("machines")
    try DurableFile.createFolder(machines)
    var limits = SwapLimits()
    // What a loaded machine needs now and then; no figure of the rig depends on it.
    limits.hold = .seconds(240)
    limits.drain = .seconds(120)
    limits.order = .seconds(120)
    let effects = SiteEffects(
      balancer: balancer, database: database,
      machines: StandInMachines(
        folder: machines, script: folder.appending("stand_in.py"), port: try cluster.port()),
      witness: WitnessProcess(nil, program: [], records: folder.appending("requests")),
      hooks: HookCommand(patience: .seconds(10)) { _ in },
      store: try Store(at: folder.appending("store"), creating: true), limits: limits)
    let moments = Mutex(0)
    let kill = words.count > 6 ? Int(words[6]) : nil
    let control = SwapControl(
      site, effects, command: "a worker", evicting: false,
      pass: { _ in
        let now = moments.withLock { moment in
          defer { moment += 1 }
          return moment
        }
        if now == kill { Glibc.kill(getpid(), SIGKILL) }
      })
    let swap: SwapMachine
    switch words[1] {
    case "resume": swap = try await control.goOn(turning: false)
    case "abort": swap = try await control.goOn(turning: true)
    default:
      let plan = try plan(site, words[4], words[5], isTest: words[1] == "test")
      swap = try await control.begin(plan)
    }
    print(moments.withLock { $0 })
    guard swap.ending != nil else { throw Diagnostic(.failed, "the swap has not ended") }
  }

  private static func plan(_ site: Site, _ release: String, _ strategy: String, isTest: Bool) throws -> Plan {
    guard let strategy = Strategy(rawValue: strategy) else {
      throw Diagnostic(.usage, "no strategy: \(strategy)")
    }
    var request = PlanRequest(
      site: "rig", number: (try site.numbers().last ?? 0) + 1, scenario: isTest ? .liveToTest : .liveToLive,
      strategy: strategy, blue: try site.live(), release: release, image: Digest(of: release), count: 2,
      database: "rig")
    request.idles = true
    request.blueIdles = true
    request.rehearses = false
    request.watch = 0
    request.witnesses = false
    return PlanBuilder.plan(request)
  }
}
