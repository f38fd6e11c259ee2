package import Essentials

extension LockedProject {
  /// The wheel that is taken for `environment`: of those that the lockfile allows the one that fits best, by its tags
  /// and then by its build tag.
  /// - Throws: `noSolution` where none fits; `verificationFailed` where the lockfile has no SHA-256 of it.
  package func wheel(for environment: TargetEnvironment, tags: CompatibleTags) throws(Diagnostic)
    -> LockedWheel
  {
    guard !wheels.isEmpty else {
      throw Diagnostic(
        .noSolution, "\(name) \(version) is locked without a wheel, and the image takes nothing else",
        at: location, hints: ["lock a version of '\(name)' that the index has as a wheel"] + buildHints)
    }
    var best: (rank: Int, wheel: LockedWheel)?
    for wheel in wheels {
      guard let rank = tags.rank(of: wheel.filename) else { continue }
      if let best, !Candidates.isBetter(rank, wheel.filename, than: (best.rank, best.wheel.filename)) {
        continue
      }
      best = (rank, wheel)
    }
    guard let wheel = best?.wheel else {
      let target =
        "CPython \(environment.series) on \(environment.architecture.machine) with glibc "
        + "\(environment.glibc.major).\(environment.glibc.minor)"
      throw Diagnostic(
        .noSolution, "\(name) \(version) is locked without a wheel for \(target)", at: location,
        hints: ["lock a version of '\(name)' that has one, or lock again where new wheels came since"]
          + buildHints)
    }
    guard wheel.digest != nil else { throw unhashed(wheel.filename.text) }
    return wheel
  }

  private var buildHints: [String] {
    guard source != nil else { return [] }
    return [
      "or name '\(name)' in the recipe under 'build' of 'python', to have it built from its source"
    ]
  }

  private func unhashed(_ filename: String) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "the lockfile gives no SHA-256 for \(filename)", at: location,
      hints: ["lock again with an index that gives one"])
  }

  /// The source distribution to build a wheel from, where none that the lockfile has fits; nil where one does, or there is none.
  /// - Throws: `verificationFailed` where the lockfile has no SHA-256 of it.
  package func sourceToBuild(tags: CompatibleTags) throws(Diagnostic) -> LockedSource? {
    guard let source, !wheels.contains(where: { tags.rank(of: $0.filename) != nil }) else { return nil }
    guard source.digest != nil else { throw unhashed(source.filename) }
    return source
  }

  /// The file of the index that `wheel` is.
  /// - Parameter page: what the index has of the project; nil where it hasn't the project.
  /// - Throws: `noSolution` where the index hasn't the wheel; `verificationFailed` where it has another by that name.
  package func file(
    of wheel: LockedWheel, on page: ProjectPage?, environment: TargetEnvironment
  ) throws(Diagnostic) -> DistributionFile {
    // Tools differ in how they spell a wheel's name, in upper or lower case for one: what it means counts.
    let files = page?.files.filter { file in
      if case .wheel(let filename) = file.kind { filename.isSame(as: wheel.filename) } else { false }
    }
    return try choose(
      among: files, named: wheel.filename.text, wheel.digest, size: wheel.size, environment: environment)
  }

  /// The file of the index that `source` is.
  /// - Parameter page: what the index has of the project; nil where it hasn't the project.
  /// - Throws: as for a wheel.
  package func file(
    of source: LockedSource, on page: ProjectPage?, environment: TargetEnvironment
  ) throws(Diagnostic) -> DistributionFile {
    try choose(
      among: page?.files.filter { $0.isSource && $0.version == version }, named: source.filename,
      source.digest, size: source.size, environment: environment)
  }

  private func choose(
    among files: [DistributionFile]?, named name: String, _ locked: Digest?, size: Int64?,
    environment: TargetEnvironment
  ) throws(Diagnostic) -> DistributionFile {
    guard var file = files?.first(where: { $0.sha256 == locked }) ?? files?.first else {
      throw Diagnostic(
        .noSolution,
        files == nil
          ? "the index has no project '\(self.name)', which is locked as \(version)"
          : "the index has no \(name), which is locked",
        at: location,
        hints: ["set pip up with the index that has it, or lock again with the one that pip is set up for"])
    }
    guard let digest = file.sha256, digest == locked else {
      throw Diagnostic(
        .verificationFailed,
        file.sha256 == nil
          ? "the index gives no SHA-256 for \(file.filename), which is locked by it"
          : "the index has \(file.filename) with another SHA-256 than the one locked", at: location,
        hints: [
          "use the index that it was locked from; what another one has by that name isn't the same file"
        ])
    }
    if let requires = file.requiresPython, !requires.contains(environment.python) {
      throw Diagnostic(
        .noSolution,
        "\(self.name) \(version) needs Python \(requires), and the image has \(environment.python)",
        at: location, hints: ["lock for the image's Python"])
    }
    file.size = file.size ?? size
    return file
  }
}
