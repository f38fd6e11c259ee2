package import Essentials
import Images
package import Pools
package import Recipes
package import Storage
import SystemPackage

/// A site with what its settings name: load balancer, database, pools, witness.
package struct SwapSession: Sendable {
  /// What a session is about.
  package enum Subject: Sendable {
    /// An image that's to be made live or tried: a release's name, or a digest.
    case image(String)
    /// The release that was live before.
    case previous
    /// What the site is about now.
    case site
  }

  package let site: Site
  package let effects: SiteEffects
  let settings: SiteSettings
  /// Nil where nothing has ever been live.
  let image: Image?
  let release: String
  let balancer: HAProxy
  let database: PostgreSQL?
  let store: Store

  /// The secret value by which an application is told of its database.
  static let databaseValue = "database_url"
  /// The port at which guests find it.
  static let databasePort: UInt16 = 5432

  /// - Parameters:
  ///   - program: this program and the arguments that make it a witness.
  ///   - progress: is told what hooks say, and of what the user should know.
  package init(
    _ subject: Subject, settings: SiteSettings, pools: PoolStore, store: Store, program: [String],
    progress: Progress
  ) async throws {
    self.settings = settings
    self.store = store
    let named: Image? = if case .image(let name) = subject { try Image.find(name, in: store) } else { nil }
    let site = try Self.site(settings, named, pools)
    self.site = site
    let deployment: Deployment? =
      switch subject {
      case .image: nil
      case .previous: try Self.previous(of: site)
      case .site: try site.unfinished()?.plan.green ?? site.live() ?? site.swaps().first?.plan.green
      }
    // What the site was about may have left the store; whoever boots it says so, and history needs it not.
    let image = named ?? deployment.flatMap { try? Image.find("\($0.image)", in: store) }
    self.image = image
    if case .image(let name) = subject, try store.tags().contains(where: { $0.name == name }) {
      release = name
    } else {
      release = deployment?.release ?? image?.digest.short ?? ""
    }
    let secrets = SecretValues(try settings.secrets.map { text in try SecretsSource(text) }) {
      progress.say("warning: \($0)")
    }
    balancer = try Self.balancer(settings, site, image)
    database = try await Self.database(settings, site, image, secrets)
    let number = try site.unfinished()?.plan.number ?? (site.numbers().last ?? 0) + 1
    effects = SiteEffects(
      balancer: balancer, database: database,
      machines: PoolMachines(
        pools: pools, store: store, secrets: secrets, memory: settings.memory,
        processors: settings.processors, progress: progress),
      witness: WitnessProcess(
        try Self.witness(settings, "\(site.name)-\(number)"), program: program, records: site.requests(number)
      ),
      hooks: HookCommand(patience: SwapLimits(settings).order) { progress.say($0) }, store: store,
      limits: SwapLimits(settings))
  }

  /// Plans a swap to the session's image.
  /// - Parameters:
  ///   - strategy: as the settings say where nil.
  ///   - rehearses: whether a live-to-live swap tries a copy of live data first.
  ///   - confirms: whether somebody has to say so before blue goes.
  package func plan(
    _ scenario: Scenario, _ strategy: Strategy?, rehearses: Bool, confirms: Bool
  ) throws -> Plan {
    let blue = try site.live()
    guard let image else { throw Self.nothing(site) }
    guard let strategy = strategy ?? Strategy(rawValue: settings.strategy) else {
      throw Diagnostic(.bug, "'\(settings.strategy)' is no strategy")
    }
    if scenario == .liveToTest, blue == nil {
      throw Diagnostic(
        .usage, "nothing is live on \(site.name), so there is nothing to rehearse on",
        hints: ["make a release live with 'hardtack swap run'"])
    }
    var request = PlanRequest(
      site: site.name, number: (try site.numbers().last ?? 0) + 1, scenario: scenario, strategy: strategy,
      blue: blue, release: release, image: image.digest, count: settings.count, database: database?.live)
    let blueUnits = try blue.map { try Image.find("\($0.image)", in: store).machine.swap } ?? nil
    request.migrates = database != nil && image.machine.swap?.migrate != nil
    request.idles = image.machine.swap?.standby != nil
    request.blueIdles = blueUnits?.standby != nil
    request.blueFinishes = blueUnits?.finish != nil
    request.rehearses = rehearses && database != nil
    request.confirms = confirms
    request.watch = settings.watch
    request.shares = settings.shares
    request.witnesses = settings.witness.rate > 0
    request.address = address
    request.hooks = Dictionary(
      uniqueKeysWithValues: settings.hooks.compactMap { name, commands in
        HookPoint(rawValue: name).map { ($0, commands) }
      })
    return PlanBuilder.plan(request)
  }

  /// Plans the end of what is live.
  package func takingDown() throws -> Plan {
    guard let live = try site.live() else { throw Self.nothing(site) }
    var request = PlanRequest(
      site: site.name, number: (try site.numbers().last ?? 0) + 1, scenario: .takeDown, strategy: .allAtOnce,
      blue: live, release: live.release, image: live.image, count: live.count, database: database?.live)
    request.blueFinishes = image?.machine.swap?.finish != nil
    request.address = address
    return PlanBuilder.plan(request)
  }

  /// Ends the load balancer and the database that are the program's own; their data stay.
  package func stopProviders() async throws {
    try await balancer.stop()
    if case .cluster(let cluster) = database?.server { try await cluster.stop() }
  }

  private var address: VirtualAddress? {
    settings.address.map { VirtualAddress($0.ip, on: $0.interface) }
  }

  private static func nothing(_ site: Site) -> Diagnostic {
    Diagnostic(
      .usage, "nothing is live on \(site.name)", hints: ["'hardtack swap run IMAGE' makes a release live"])
  }
}
