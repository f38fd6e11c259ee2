import DebianPackages

/// Which of a tree's packages make the base system, and the order in which scripts run before anything
/// is configured.
enum BaseSystem {
  /// The Essential packages and all that they need.
  static func members(_ packages: [UnpackedPackage]) -> Set<String> {
    let graph = Graph(packages)
    var members: Set<String> = []
    var pending = packages.filter(\.essential).map(\.name)
    while let name = pending.popLast() {
      if members.insert(name).inserted { pending.append(contentsOf: graph.needs(name)) }
    }
    return members
  }

  /// `packages` with those of the base first, and each behind what it needs, but for loops; otherwise by name.
  /// base-passwd leads: nothing has an owner before it.
  static func ordered(_ packages: [UnpackedPackage], base: Set<String>) -> [UnpackedPackage] {
    let graph = Graph(packages)
    var done: Set<String> = []
    var order: [UnpackedPackage] = []
    func visit(_ name: String) {
      guard done.insert(name).inserted, let package = graph.byName[name] else { return }
      graph.needs(name).forEach(visit)
      order.append(package)
    }
    let names = packages.map(\.name).sorted()
    visit("base-passwd")
    names.filter(base.contains).forEach(visit)
    names.forEach(visit)
    return order
  }

  private struct Graph {
    let byName: [String: UnpackedPackage]
    private let providers: [String: [String]]

    init(_ packages: [UnpackedPackage]) {
      byName = Dictionary(packages.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      var providers: [String: [String]] = [:]
      for package in packages {
        for name in package.provided { providers[name, default: []].append(package.name) }
      }
      self.providers = providers
    }

    /// The packages of the tree that satisfy what `name` needs, sorted.
    func needs(_ name: String) -> [String] {
      guard let package = byName[name] else { return [] }
      return Set(package.needed.flatMap { byName[$0] == nil ? providers[$0] ?? [] : [$0] }).sorted()
    }
  }
}
