package import Essentials

/// Finds the packages that satisfy requests: first as apt would decide, then by search.
package struct PackageSolver {
  /// What is there before anything is asked for.
  package enum Variant: Sendable, Hashable {
    /// Packages that are essential, of priority required, and apt: mmdebstrap's minbase.
    case minbase
    /// Essential packages only.
    case essential
    /// Nothing but what is asked for.
    case empty
  }

  package struct Options: Sendable {
    package var variant: Variant
    /// Whether the Recommends of what is requested, and of all that it pulls in, are followed. Those of the
    /// variant's own packages never are.
    package var recommends: Bool
    package var pins: PackagePins
    /// Versions that an earlier lock chose, which stay where they still fit.
    package var kept: [PackageName: DebianVersion]

    package init(
      variant: Variant = .minbase, recommends: Bool = false, pins: PackagePins = PackagePins(),
      kept: [PackageName: DebianVersion] = [:]
    ) {
      self.variant = variant
      self.recommends = recommends
      self.pins = pins
      self.kept = kept
    }
  }

  let index: PackageIndex
  let options: Options

  package init(_ index: PackageIndex, _ options: Options = Options()) {
    self.index = index
    self.options = options
  }

  /// The packages that satisfy `requests`.
  /// - Throws: ``Diagnostic/Category/noSolution`` with the chain of reasons where there are none.
  package func solve(_ requests: [PackageRequest]) throws(Diagnostic) -> Solution {
    let base = try baseNames()
    var baseClosure: Set<NameTable.ID> = []
    if options.recommends, !base.isEmpty {
      // What the variant alone brings in, whose Recommends nobody asked for.
      let marking = try mark(base, [], followsRecommends: { _ in false })
      baseClosure = Set(marking.marking.installedNames)
    }
    let recommends = options.recommends
    let entries = index.entries
    let marked = try mark(
      base, requests, followsRecommends: { recommends && !baseClosure.contains(entries[Int($0)].name) })
    return try solution(of: marked, base: Set(base))
  }

  struct Marked {
    var marking: Marking
    var requested: Set<NameTable.ID>
  }

  private func mark(
    _ base: [NameTable.ID], _ requests: [PackageRequest],
    followsRecommends: @escaping (PackageEntry.ID) -> Bool
  ) throws(Diagnostic) -> Marked {
    var marking = Marking(index, candidates: candidates(), followsRecommends: followsRecommends)
    marking.preferred = Set(options.kept.keys.compactMap { index.names.find($0.text) })
    var direct = base
    var groups: [PackageRequest] = []
    for request in requests {
      if let name = try resolve(request, &marking) { direct.append(name) } else { groups.append(request) }
    }
    for name in direct { marking.request(name) }
    var seen: Set<NameTable.ID> = []
    for name in direct where seen.insert(name).inserted { _ = marking.install(name, isRequest: true) }
    if let fault = marking.fault { throw fault }
    marking.sweep()
    return Marked(marking: marking, requested: Set(direct))
  }

  // The package that a request names outright, its candidate set to a version that fits.
  private func resolve(_ request: PackageRequest, _ marking: inout Marking) throws(Diagnostic) -> NameTable
    .ID?
  {
    guard request.group.alternatives.count == 1, let relation = request.group.alternatives.first,
      let name = index.names.find(relation.name.text), index.firstEntry[Int(name)] >= 0
    else { return nil }
    return name
  }

  private func candidates() -> Candidates {
    Candidates(index, pins: options.pins)
  }

  /// The names of the variant's packages.
  private func baseNames() throws(Diagnostic) -> [NameTable.ID] {
    guard options.variant != .empty else { return [] }
    var names: [NameTable.ID] = []
    for name in index.firstEntry.indices where index.firstEntry[name] >= 0 {
      let flags = index.entries[Int(index.firstEntry[name])]
      if flags.flags.contains(.essential) || (options.variant == .minbase && flags.priority == 1) {
        names.append(NameTable.ID(name))
      }
    }
    if options.variant == .minbase, let apt = index.names.find("apt"), !names.contains(apt) {
      names.append(apt)
    }
    return names
  }

  private func solution(of marked: Marked, base: Set<NameTable.ID>) throws(Diagnostic) -> Solution {
    var choices: [Solution.Choice] = []
    for name in marked.marking.installedNames {
      let entry = marked.marking.states[Int(name)].installed
      choices.append(
        Solution.Choice(package: try index.package(entry), because: .requested, alternative: nil))
    }
    return Solution(choices: choices.sorted { $0.package.name < $1.package.name }, method: .order)
  }
}
