import Essentials

// From what a person wrote to what must hold.
extension PackageSolver {
  /// The variant's packages.
  func baseGoals() -> [Goal] {
    guard options.variant != .empty else { return [] }
    var goals: [Goal] = []
    for name in index.firstEntry.indices where index.firstEntry[name] >= 0 {
      let entry = index.entries[Int(index.firstEntry[name])]
      if entry.flags.contains(.essential) {
        goals.append(goal(NameTable.ID(name), .essential))
      } else if options.variant == .minbase, entry.priority == BinaryPackage.Priority.required.rawValue {
        goals.append(goal(NameTable.ID(name), .variant))
      }
    }
    if options.variant == .minbase, let apt = index.names.find("apt"), index.firstEntry[Int(apt)] >= 0,
      !goals.contains(where: { $0.direct == apt })
    {
      goals.append(goal(apt, .variant))
    }
    return goals
  }

  private func goal(_ name: NameTable.ID, _ source: Goal.Source) -> Goal {
    let dependency = Dependency(target: name, comparison: nil, version: VersionParts(Bytes.none))
    return Goal(
      source: source, clause: Clause(kind: .depends, alternatives: [dependency]), text: index.names[name],
      direct: name)
  }

  /// What `request` means.
  /// - Returns: nil where its brackets exclude this architecture.
  /// - Throws: where no archive has such a package, or none of a version that fits.
  func goal(_ request: PackageRequest, number: Int, _ candidates: inout Candidates) throws(Diagnostic)
    -> Goal?
  {
    let relations = request.group.alternatives.filter { $0.counts(on: index.architecture) }
    guard !relations.isEmpty else { return nil }
    var goal = Goal(
      source: .request(number), clause: Clause(kind: .depends, alternatives: []), text: request.description)
    var targets: [PackageEntry.ID] = []
    for relation in relations {
      var dependency = Dependency(
        target: target(relation), comparison: nil, version: VersionParts(Bytes.none))
      if let suite = request.suite {
        let entry = try entry(of: dependency, relation, from: suite, request.location)
        dependency.comparison = .exactly
        dependency.version = index.version(entry)
        goal.entry = entry
      } else if let constraint = relation.constraint {
        let text = IndexText(Array(constraint.version.text.utf8))
        goal.memory.append(text)
        dependency.comparison = constraint.comparison
        dependency.version = VersionParts(text.buffer[...])
      }
      goal.clause.alternatives.append(dependency)
      index.forEachTarget(of: dependency) { entry in
        targets.append(entry)
        return true
      }
    }
    targets = targets.filter { candidates.ranked(name(of: $0)).contains($0) || goal.entry == $0 }
    guard !targets.isEmpty else { throw missing(request, relations) }
    settle(&goal, targets, &candidates)
    return goal
  }

  // A request for one package that exists is a request for that package; a virtual name means its only
  // provider, where there's only one, as in apt.
  private func settle(_ goal: inout Goal, _ targets: [PackageEntry.ID], _ candidates: inout Candidates) {
    guard goal.clause.alternatives.count == 1 else { return }
    let target = goal.clause.alternatives[0].target
    let names = Set(targets.map { name(of: $0) })
    if names.contains(target) {
      goal.direct = target
    } else if names.count == 1 {
      goal.direct = names.first
    }
    guard goal.entry == nil, let direct = goal.direct else { return }
    let fitting = Set(targets.filter { name(of: $0) == direct })
    let candidate = candidates.entry(direct)
    if candidate >= 0, fitting.contains(candidate) { return }
    goal.entry = candidates.ranked(direct).first { fitting.contains($0) }
  }

  func name(of entry: PackageEntry.ID) -> NameTable.ID { index.entries[Int(entry)].name }

  private func target(_ relation: Relation) -> NameTable.ID {
    var name = relation.name.text
    var qualifier = relation.qualifier ?? ""
    return name.withUTF8 { name in
      qualifier.withUTF8 { index.target(name[...], qualifier: relation.qualifier == nil ? nil : $0[...]) }
    }
  }

  private func entry(
    of dependency: Dependency, _ relation: Relation, from suite: String, _ location: Diagnostic.Location?
  ) throws(Diagnostic) -> PackageEntry.ID {
    let all = dependency.target >= 0 ? index.entries(named: dependency.target) : []
    let entries = all.filter { index.archive($0).answers(to: suite) }
    guard let best = entries.max(by: { index.version($0).compare(index.version($1)) < 0 }) else {
      guard !all.isEmpty else {
        throw missing(PackageRequest(RelationGroup(relation), at: location), [relation])
      }
      let suites = Set(index.parts.map(\.archive.suite) + index.parts.map(\.archive.codename)).sorted()
      let hint =
        NearestName.hint(for: suite, among: suites)
        ?? "the suites at hand are \(suites.joined(separator: ", "))"
      throw Diagnostic(
        .noSolution, "the suite '\(suite)' has no package '\(relation.name)'", at: location, hints: [hint])
    }
    return best
  }

  private func missing(_ request: PackageRequest, _ relations: [Relation]) -> Diagnostic {
    var notes: [String] = []
    for relation in relations {
      guard let name = index.names.find(relation.name.text) else { continue }
      for entry in index.entries(named: name) {
        notes.append(
          "  \(relation.name) \(index.versionText(entry).text) is in \(index.archive(entry).suite)")
      }
    }
    if !notes.isEmpty {
      return Diagnostic(
        .noSolution, "no archive offers '\(request)'", at: request.location,
        notes: [notes.joined(separator: "\n")],
        hints: ["ask for a version that is there, or add an archive that has it"])
    }
    let wanted = relations[0].name.text
    return Diagnostic(
      .noSolution, "no archive has a package '\(wanted)'", at: request.location,
      hints: [
        NearestName.hint(for: wanted, among: index.packageNames)
          ?? "check the name, or add an archive that has it"
      ])
  }
}
