import Essentials
import Images
import Pools
import Recipes
import SystemPackage

extension SwapSession {
  /// The site that the settings, the image or the folder name.
  static func site(_ settings: SiteSettings, _ image: Image?, _ pools: PoolStore) throws(Diagnostic) -> Site {
    if let name = settings.name ?? image?.machine.recipe { return try Site(name, in: pools) }
    let names = try Site.names(in: pools)
    guard let only = names.first else {
      throw Diagnostic(
        .usage, "there is no site", hints: ["'hardtack swap run IMAGE' makes a release live, and begins one"])
    }
    guard names.count == 1 else {
      throw Diagnostic(
        .usage, "there are \(names.count) sites: \(names.joined(separator: ", "))",
        hints: ["name one in site.yaml, as in 'name: \(only)', and give it with --site"])
    }
    return try Site(only, in: pools)
  }

  static func previous(of site: Site) throws(Diagnostic) -> Deployment {
    if let open = try site.unfinished() { throw SwapControl.unfinished(open) }
    guard let previous = try site.previous() else {
      throw Diagnostic(
        .usage, "no release was live before on \(site.name)",
        hints: ["'hardtack swap history' lists what there was"])
    }
    return previous
  }

  static func balancer(
    _ settings: SiteSettings, _ site: Site, _ image: Image?
  ) throws(Diagnostic) -> HAProxy {
    // What boot asks an instance of is what the balancer asks it again and again.
    let asked = image?.machine.sanity.first { $0.port == 80 && $0.status == 200 }
    let check = HAProxySettings.Check(path: asked?.get ?? "/", secure: true)
    let (address, port) = listening(settings)
    var balancer = HAProxySettings.embedded(
      in: site.folder.appending("haproxy"), address: address, port: port, check: check)
    if let theirs = settings.balancer {
      balancer = .existing(
        socket: FilePath(theirs.socket), backend: theirs.backend,
        file: theirs.servers.map { FilePath($0) } ?? site.folder.appending("haproxy.cfg"), check: check)
    }
    balancer.requests = settings.requests
    return try HAProxy(balancer)
  }

  /// The address and the port of the settings' `listen`, which was checked when they were read.
  static func listening(_ settings: SiteSettings) -> (address: String, port: UInt16) {
    let colon = settings.listen.lastIndex(of: ":") ?? settings.listen.endIndex
    return (String(settings.listen[..<colon]), UInt16(settings.listen[colon...].dropFirst()) ?? 0)
  }

  static func database(
    _ settings: SiteSettings, _ site: Site, _ image: Image?, _ secrets: SecretValues
  ) async throws -> PostgreSQL? {
    let takesOne =
      image?.machine.secrets.contains { $0.values.contains { $0.name == databaseValue } } ?? false
    switch settings.database ?? (takesOne ? .ours : SiteSettings.Database.none) {
    case .none: return nil
    case .ours:
      let folder = PrivateCluster.suitableFolder(preferring: site.folder.appending("postgresql"))
      let live = site.name.replacing("-", with: "_")
      return try PostgreSQL(live: live, server: .cluster(PrivateCluster(folder: folder)), folder: site.folder)
    case .theirs(let secret, let name):
      guard let url = try await secrets.all()[secret] else {
        throw Diagnostic(
          .usage, "the site's database is at the URL in the secret value '\(secret)', which isn't given",
          hints: ["add '\(secret)' to the source that site.yaml names under 'secrets'"])
      }
      return try PostgreSQL(live: name, server: .url(url), folder: site.folder)
    }
  }

  static func witness(_ settings: SiteSettings, _ identifier: String) throws(Diagnostic) -> WitnessPlan? {
    let wanted = settings.witness
    guard wanted.rate > 0 else { return nil }
    let (address, port) = listening(settings)
    var requests = wanted.paths.map { WitnessPlan.Request.get($0) }
    if let post = wanted.post {
      requests.append(.post(post.path, post.body, type: post.type, share: max(1, requests.count)))
    }
    let headers = wanted.headers.sorted { $0.key < $1.key }
    let plan = WitnessPlan(
      address: address == "0.0.0.0" ? "127.0.0.1" : address, port: port,
      host: wanted.headers["Host"] ?? "localhost",
      headers: headers.filter { $0.key != "Host" }.map { .init($0.key, $0.value) },
      rate: Double(wanted.rate), requests: requests, timeout: 120, identifier: identifier)
    try plan.check()
    return plan
  }
}

extension SwapLimits {
  /// Those that the settings name, and the usual ones.
  init(_ settings: SiteSettings) {
    self.init()
    func limit(_ name: String, _ usual: Duration) -> Duration {
      settings.limits[name].map { .seconds($0) } ?? usual
    }
    hold = limit("hold", hold)
    drain = limit("drain", drain)
    check = limit("check", check)
    order = limit("order", order)
    finish = limit("finish", finish)
  }
}
