import Essentials

/// The versions of one project and, of each, the file to take or the reason why there's none.
struct Candidates: Sendable {
  enum Choice: Sendable {
    /// A wheel, or the source distribution to build one from.
    case file(DistributionFile)
    case unusable(Unusable)
  }

  let page: ProjectPage
  /// Rising.
  let versions: [PythonVersion]
  /// One a version.
  let choices: [Choice]

  var name: ProjectName { page.name }

  init(page: ProjectPage, tags: CompatibleTags, preferences: Preferences) {
    let name = page.name
    let files = Dictionary(grouping: page.files, by: \.version)
    let versions = files.keys.sorted()
    self.page = page
    self.versions = versions
    choices = versions.map { version in
      Self.choice(of: files[version] ?? [], of: name, version, tags: tags, preferences: preferences)
    }
  }

  /// The wheel that fits best, by its tags and then by its build tag. Where none fits, the source distribution, of projects
  /// that may be built; else the reason that is worth most.
  private static func choice(
    of files: [DistributionFile], of name: ProjectName, _ version: PythonVersion, tags: CompatibleTags,
    preferences: Preferences
  ) -> Choice {
    var best: (rank: Int, wheel: WheelFilename, file: DistributionFile)?
    var reason = Unusable.sourceOnly
    var source: DistributionFile?
    for file in files {
      switch file.kind {
      case .source:
        guard preferences.built?.contains(name) == true else { continue }
        if let why = objection(to: file, of: name, version, preferences) {
          reason = why
        } else if source.map({ file.isBetterSource(than: $0) }) ?? true {
          source = file
        }
      case .wheel(let wheel):
        guard let rank = tags.rank(of: wheel) else {
          if reason == .sourceOnly { reason = .otherTargets }
          continue
        }
        if let why = objection(to: file, of: name, version, preferences) {
          reason = why
          continue
        }
        if let known = best, !isBetter(rank, wheel, than: (known.rank, known.wheel)) { continue }
        best = (rank, wheel, file)
      }
    }
    return (best?.file ?? source).map { .file($0) } ?? .unusable(reason)
  }

  /// Why `file` can't be taken, whatever kind it is.
  private static func objection(
    to file: DistributionFile, of name: ProjectName, _ version: PythonVersion, _ preferences: Preferences
  ) -> Unusable? {
    if let requires = file.requiresPython, !requires.contains(preferences.environment.python) {
      return .requiresPython(requires.description)
    }
    if let allowed = preferences.hashes[name] {
      guard let digest = file.sha256, allowed.contains(digest) else { return .otherHashes }
    }
    if let why = file.yanked, !preferences.takesYanked(name, version) {
      return .yanked(String(why.prefix(200)))
    }
    return nil
  }

  static func isBetter(
    _ rank: Int, _ wheel: WheelFilename, than other: (rank: Int, wheel: WheelFilename)
  ) -> Bool {
    if rank != other.rank { return rank < other.rank }
    switch (wheel.build, other.wheel.build) {
    case (nil, nil): return wheel.text < other.wheel.text
    case (_, nil): return true
    case (nil, _): return false
    case (let mine?, let others?): return mine == others ? wheel.text < other.wheel.text : mine > others
    }
  }

  /// What is taken of a version; nil where it can't be used.
  func file(_ index: Int) -> DistributionFile? {
    if case .file(let file) = choices[index] { file } else { nil }
  }

  /// The versions that `specifiers` take.
  func matching(_ specifiers: VersionSpecifiers) -> VersionSet {
    var set = VersionSet.none(of: versions.count)
    for (index, version) in versions.enumerated() where specifiers.contains(version) { set.insert(index) }
    return set
  }

  /// The versions that can't be used, each reason's together.
  var unusable: [(reason: Unusable, versions: VersionSet)] {
    var places: [Unusable: Int] = [:]
    var groups: [(reason: Unusable, versions: VersionSet)] = []
    for (index, choice) in choices.enumerated() {
      guard case .unusable(let reason) = choice else { continue }
      let place = places[reason] ?? groups.count
      if place == groups.count {
        places[reason] = place
        groups.append((reason, .none(of: versions.count)))
      }
      groups[place].versions.insert(index)
    }
    return groups
  }

  /// The version to try first among `set`, of which every one can be used: the one kept from an earlier lock, else
  /// the newest release, else the newest pre-release; or the newest of all where pre-releases are asked for.
  func preferred(among set: VersionSet, preferences: Preferences) -> Int? {
    let members = set.members.filter { file($0) != nil }
    if let kept = preferences.kept[name], let index = members.last(where: { versions[$0] == kept }) {
      return index
    }
    if preferences.preReleases.contains(name) { return members.last }
    return members.last { !versions[$0].isPreRelease } ?? members.last
  }
}
