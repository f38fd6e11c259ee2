import Essentials

/// Drives ``PubGrub`` with projects, extras and the index.
struct PythonSolver {
  /// What the solver decides about: the request, a project, or an extra of one.
  struct Node {
    /// The project's place in ``projects``; nil for the request.
    var project: Int?
    var extra: ProjectName?
  }

  private let request: ResolutionRequest
  let preferences: Preferences
  private let prefetcher: Prefetcher
  private(set) var core = PubGrub()
  private(set) var nodes: [Node] = []
  private(set) var projects: [Candidates] = []
  private var nodesByName: [String: Int] = [:]
  private var projectsByName: [ProjectName: Int] = [:]
  private var missing: Set<ProjectName> = []
  private var priorities = Priorities()
  /// What the wheels tried so far say, by their file names.
  private var metadata: [String: CoreMetadata] = [:]
  private var tries: [Int: Int] = [:]

  init(request: ResolutionRequest, preferences: Preferences, prefetcher: Prefetcher) {
    self.request = request
    self.preferences = preferences
    self.prefetcher = prefetcher
  }

  mutating func solve() async throws -> Resolution {
    let root = addNode(Node(), key: "")
    core.add(
      Incompatibility([.init(node: root, term: .outside(.all(of: 1)))], cause: .fact(.request)))
    var next: Int? = root
    while let node = next {
      try Task.checkCancellation()
      for conflict in try core.propagate(node) { learn(from: conflict) }
      guard let chosen = pick() else { break }
      try await decide(chosen)
      next = chosen
    }
    return resolution()
  }

  /// The undecided node that is needed and comes first.
  private func pick() -> Int? {
    var best: Int?
    for node in nodes.indices where core.solution.decisions[node] == nil {
      guard core.solution.term(of: node)?.isPositive == true else { continue }
      guard let project = nodes[node].project else { return node }
      if let known = best.flatMap({ nodes[$0].project }), !priorities.isBefore(project, known) { continue }
      best = node
    }
    return best
  }

  private mutating func decide(_ node: Int) async throws {
    guard let project = nodes[node].project else {
      let asked = request.requirements.filter { $0.requirement.applies(to: preferences.environment) }
      await prefetcher.anticipate(asked.map(\.requirement))
      _ = try await addDependencies(asked, of: node, version: 0, universe: 1)
      notePins(in: asked)
      core.solution.decide(node, version: 0, universe: 1)
      return
    }
    guard case .within(let set)? = core.solution.term(of: node) else { return }
    let candidates = projects[project]
    // An extra goes with its project's version where that is decided already.
    let base = nodesByName[candidates.name.description].flatMap { core.solution.decisions[$0] }
    let version =
      base.flatMap { set.contains($0) ? $0 : nil } ?? candidates.preferred(
        among: set, preferences: preferences)
      ?? set.members.last
    // Versions that can't be used were ruled out when the project was loaded.
    guard let version, let file = candidates.file(version) else {
      throw Diagnostic(.bug, "the solver has no wheel to choose for '\(candidates.name)'")
    }
    await prepare(candidates, project: project, among: set)
    let needs: [RequestedRequirement]
    do {
      needs = try await dependencies(
        of: file, candidates: candidates, version: version, extra: nodes[node].extra)
    } catch let reason as UnusableVersion {
      _ = core.addExclusion(
        of: node, .only(version, of: set.universe), reason: "\(reason.reason)",
        fact: .unusable(reason.reason))
      return
    }
    let added = try await addDependencies(needs, of: node, version: version, universe: set.universe)
    if let conflict = added.first(where: { core.conflicts($0, deciding: node) }) {
      learn(from: PubGrub.Conflict(node: node, incompatibility: conflict))
      return
    }
    notePins(in: needs)
    core.solution.decide(node, version: version, universe: set.universe)
  }

  /// A pin moves its project ahead, but only one that is in force: what a version asks for that was turned down says
  /// nothing about the order.
  private mutating func notePins(in needs: [RequestedRequirement]) {
    for need in needs where need.requirement.specifiers.isPin {
      if let project = projectsByName[need.requirement.name] { priorities.note(project, isPinned: true) }
    }
  }

  /// Where a project's versions fail one after the other, the next ones' metadata is fetched together.
  private mutating func prepare(_ candidates: Candidates, project: Int, among set: VersionSet) async {
    tries[project, default: 0] += 1
    guard let count = tries[project], count >= 4, count.nonzeroBitCount == 1 else { return }
    let files = set.members.reversed().lazy.compactMap { candidates.file($0) }.filter { !$0.isSource }
    await prefetcher.prepare(Array(files.prefix(min(50, count * 2))), page: candidates.page)
  }

  private struct UnusableVersion: Error {
    var reason: Unusable
  }

  private mutating func dependencies(
    of file: DistributionFile, candidates: Candidates, version: Int, extra: ProjectName?
  ) async throws -> [RequestedRequirement] {
    let found = try await read(file, candidates: candidates)
    guard found.name == candidates.name, found.version == candidates.versions[version] else {
      throw UnusableVersion(reason: .metadata("its metadata is of \(found.name) \(found.version)"))
    }
    if let requires = found.requiresPython, !requires.contains(preferences.environment.python) {
      throw UnusableVersion(reason: .requiresPython(requires.description))
    }
    var needs: [RequestedRequirement] = []
    for requirement in found.requirements where requirement.applies(to: preferences.environment, extra: extra)
    {
      if let url = requirement.url {
        throw UnusableVersion(reason: .metadata("it asks for '\(requirement.name)' by the URL \(url)"))
      }
      needs.append(RequestedRequirement(requirement))
    }
    return needs
  }

  private mutating func read(_ file: DistributionFile, candidates: Candidates) async throws -> CoreMetadata {
    if let known = metadata[file.filename] { return known }
    do {
      let found = try await prefetcher.metadata(of: file, page: candidates.page)
      metadata[file.filename] = found
      return found
    } catch let diagnostic as Diagnostic where diagnostic.category == .verificationFailed {
      // A wheel that can't be read is passed over like one that doesn't fit; any other failure ends the work.
      throw UnusableVersion(reason: .metadata(diagnostic.message))
    }
  }
}

// MARK: Nodes and dependencies

extension PythonSolver {
  private mutating func addNode(_ node: Node, key: String) -> Int {
    nodes.append(node)
    let number = core.addNode()
    nodesByName[key] = number
    return number
  }

  /// States what `version` of `node` needs.
  /// - Returns: the statements' numbers.
  private mutating func addDependencies(
    _ needs: [RequestedRequirement], of node: Int, version: Int, universe: Int
  ) async throws -> [Int] {
    // All pages at once: what is new here is independent of each other.
    await prefetcher.anticipate(needs.map(\.requirement))
    var added: [Int] = []
    let this = VersionSet.only(version, of: universe)
    if nodes[node].extra != nil, let project = nodes[node].project {
      added.append(
        core.addDependency(of: node, this, on: target(project, extra: nil), this, fact: .extra))
    }
    for need in needs {
      let requirement = need.requirement
      guard let project = try await load(requirement.name) else {
        added.append(
          core.addExclusion(of: node, this, reason: "missing \(requirement)", fact: .missing(need)))
        continue
      }
      priorities.note(project, isPinned: false)
      let set = projects[project].matching(requirement.specifiers)
      guard !set.isEmpty else {
        added.append(
          core.addExclusion(of: node, this, reason: "unmatched \(requirement)", fact: .unmatched(need)))
        continue
      }
      for extra in [nil] + requirement.extras.map({ Optional($0) }) {
        let other = target(project, extra: extra)
        if other == node {
          // A project that asks for itself: either it is what it asks for, or that version can't be used.
          if set.contains(version) { continue }
          added.append(
            core.addExclusion(of: node, this, reason: "itself \(requirement)", fact: .dependency(need)))
          continue
        }
        added.append(core.addDependency(of: node, this, on: other, set, fact: .dependency(need)))
      }
    }
    return added
  }

  private mutating func target(_ project: Int, extra: ProjectName?) -> Int {
    let name = projects[project].name
    let key = extra.map { "\(name)[\($0)]" } ?? name.description
    if let known = nodesByName[key] { return known }
    let node = addNode(Node(project: project, extra: extra), key: key)
    for group in projects[project].unusable {
      core.add(
        Incompatibility(
          [.init(node: node, term: .within(group.versions))], cause: .fact(.unusable(group.reason))))
    }
    return node
  }

  /// The project's place, its page read and what is known of it stated; nil where there's no such project.
  private mutating func load(_ name: ProjectName) async throws -> Int? {
    if let known = projectsByName[name] { return known }
    if missing.contains(name) { return nil }
    guard let candidates = try await prefetcher.candidates(of: name) else {
      missing.insert(name)
      return nil
    }
    let project = projects.count
    projects.append(candidates)
    projectsByName[name] = project
    let node = target(project, extra: nil)
    for constraint in preferences.constraints[name] ?? [] {
      let excluded = candidates.matching(constraint.requirement.specifiers).complement
      if excluded.isEmpty { continue }
      core.add(
        Incompatibility([.init(node: node, term: .within(excluded))], cause: .fact(.constraint(constraint))))
    }
    return project
  }

  private mutating func learn(from conflict: PubGrub.Conflict) {
    guard let project = nodes[conflict.node].project else { return }
    let others = core.incompatibilities[conflict.incompatibility].parts.compactMap { nodes[$0.node].project }
    for moved in priorities.conflict(of: project, with: Array(Set(others).subtracting([project])).sorted()) {
      let name = projects[moved].name.description
      guard let level = nodesByName[name].flatMap({ core.solution.decisionLevel(of: $0) }), level > 1 else {
        continue
      }
      core.solution.backtrack(to: level - 1)
    }
  }
}

// MARK: The outcome

extension PythonSolver {
  private func resolution() -> Resolution {
    var extras: [Int: Set<ProjectName>] = [:]
    for (number, node) in nodes.enumerated() where core.solution.decisions[number] != nil {
      guard let project = node.project else { continue }
      extras[project, default: []].formUnion(node.extra.map { [$0] } ?? [])
    }
    let environment = preferences.environment
    let requested = Set(
      request.requirements.map(\.requirement).filter { $0.applies(to: environment) }.map(\.name))
    var wheels: [ResolvedWheel] = []
    var warnings: [String] = []
    var askers: [ProjectName: Set<ProjectName>] = [:]
    for (project, extras) in extras {
      let candidates = projects[project]
      guard let node = nodesByName[candidates.name.description], let version = core.solution.decisions[node],
        let file = candidates.file(version), let metadata = metadata[file.filename]
      else { continue }
      let needs = metadata.requirements.filter { requirement in
        requirement.applies(to: environment)
          || extras.contains { requirement.applies(to: environment, extra: $0) }
      }
      let dependencies = Set(needs.map(\.name)).subtracting([candidates.name])
      for name in dependencies { askers[name, default: []].insert(candidates.name) }
      for extra in extras.sorted() where !metadata.extras.contains(extra) {
        warnings.append("\(candidates.name) \(candidates.versions[version]) has no extra '\(extra)'")
      }
      if let why = file.yanked {
        warnings.append(
          "\(candidates.name) \(candidates.versions[version]) was withdrawn" + (why.isEmpty ? "" : ": \(why)")
        )
      }
      wheels.append(
        ResolvedWheel(
          name: candidates.name, version: candidates.versions[version], file: file, extras: extras.sorted(),
          isRequested: requested.contains(candidates.name), askedForBy: [],
          dependencies: dependencies.sorted(), metadata: metadata))
    }
    for index in wheels.indices { wheels[index].askedForBy = (askers[wheels[index].name] ?? []).sorted() }
    return Resolution(wheels: wheels.sorted { $0.name < $1.name }, warnings: warnings.sorted())
  }
}
