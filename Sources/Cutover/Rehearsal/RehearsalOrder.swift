package import Essentials
import FoundationEssentials
import Glibc
import Pools
import Storage
import Synchronization
package import SystemPackage

/// What one process of a rehearsal does to its site; it may be told to kill itself on the way.
package struct RehearsalOrder: Codable, Sendable {
  package enum Verb: String, Codable, Sendable, CaseIterable {
    case run, resume, abort
  }

  package var verb: Verb
  package var scenario = Scenario.liveToLive
  package var strategy = Strategy.allAtOnce
  /// `v` and the number of the schema that it wants.
  package var release = ""
  /// The number of the moment at which the process kills itself, counted from 0; nil where it doesn't.
  package var kill: Int?
  /// In seconds.
  package var watch = 0
  package var hooks: [HookPoint: [String]] = [:]
  /// How long hooks and orders may take, in seconds.
  package var patience = 120
  package var evicts = false

  package init(_ verb: Verb) { self.verb = verb }

  /// The order that a process finds in its argument.
  package init(parsing text: String) throws(Diagnostic) {
    guard let order = try? JSONDecoder().decode(RehearsalOrder.self, from: Data(text.utf8)) else {
      throw Diagnostic(.usage, "that's no order of a rehearsal")
    }
    self = order
  }

  func text() throws(Diagnostic) -> String {
    guard let json = try? JSONEncoder().encode(self) else {
      throw Diagnostic(.bug, "an order that isn't JSON")
    }
    return String(decoding: json, as: UTF8.self)
  }

  /// Carries it out.
  /// - Returns: the number of moments that were passed at which a kill would be of interest.
  package func carryOut(in folder: FilePath) async throws -> Int {
    let rehearsal = try RehearsalSite(of: folder)
    let site = try rehearsal.site
    let cluster = try rehearsal.cluster
    try await cluster.start()
    let machines = try rehearsal.machines(port: cluster.port())
    try machines.prepare()
    var limits = SwapLimits()
    // What a loaded machine needs now and then; no figure depends on it.
    limits.hold = .seconds(240)
    limits.drain = .seconds(120)
    limits.order = .seconds(patience)
    let effects = SiteEffects(
      balancer: try rehearsal.balancer, database: try rehearsal.database, machines: machines,
      witness: WitnessProcess(nil, program: [], records: folder.appending("requests")),
      hooks: HookCommand(patience: limits.order) { _ in },
      store: try Store(at: folder.appending("store"), creating: true), limits: limits)
    let moments = Mutex(0)
    let control = SwapControl(
      site, effects, command: "a process of a rehearsal", evicting: evicts,
      pass: { [kill] _ in
        let now = moments.withLock { moment in
          defer { moment += 1 }
          return moment
        }
        if now == kill { Glibc.kill(getpid(), SIGKILL) }
      })
    let swap =
      switch verb {
      case .run: try await control.begin(plan(site))
      case .resume: try await control.goOn(turning: false)
      case .abort: try await control.goOn(turning: true)
      }
    if swap.ending == .rolledBack, verb == .run {
      throw Diagnostic(.checkFailed, "rolled back: \(swap.reason ?? "")")
    }
    return moments.withLock { $0 }
  }

  private func plan(_ site: Site) throws -> Plan {
    var request = PlanRequest(
      site: site.name, number: (try site.numbers().last ?? 0) + 1, scenario: scenario, strategy: strategy,
      blue: try site.live(), release: release, image: Digest(of: release), count: RehearsalSite.count,
      database: RehearsalSite.name)
    request.idles = true
    request.blueIdles = true
    request.rehearses = false
    request.watch = watch
    request.witnesses = false
    request.hooks = hooks
    return PlanBuilder.plan(request)
  }
}
