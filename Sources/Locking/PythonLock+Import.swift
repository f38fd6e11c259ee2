import Essentials
import Lockfiles
import PythonPackages
import Recipes
import SystemPackage

extension PythonLock {
  /// Takes over what another tool's lockfile pins: its versions, and those of its wheels that fit the image best.
  ///
  /// The bytes come from the index of this machine, whatever place the lockfile names; the digests are the lockfile's own.
  func imported(
    _ format: LockFormat, _ path: Located<RecipePath>, _ content: [UInt8], _ archive: PythonArchive
  ) async throws -> Lockfile.Python {
    let folder = FilePath(path.location.file).removingLastComponent()
    let projects = try format.read(
      content, file: folder.pushing(path.value.relative).string, environment: target)
    try requireConstraints(projects)
    let files = try await projects.concurrentMap(limit: 16) { try await self.file(of: $0, in: archive) }
    // One after the other: all on the same system, which the first makes.
    for (project, file) in zip(projects, files) where file.isSource {
      _ = try await archive.builds?.metadata(of: file, project.name)
    }
    return try await pinned(
      zip(projects, files).map { project, file in
        Chosen(
          name: project.name, version: project.version, file: file,
          because: project.askedForBy.map { .dependency(.requires, of: $0.description) }
            + (project.isRequested || project.askedForBy.isEmpty ? [.requested] : []))
      }, in: archive)
  }

  /// The file of the index that a project is taken from.
  private func file(of project: LockedProject, in archive: PythonArchive) async throws -> DistributionFile {
    let tags = CompatibleTags(for: target)
    if environment.build.contains(project.name), let source = try project.sourceToBuild(tags: tags) {
      return try project.file(
        of: source, on: try await archive.page(of: project.name), environment: target)
    }
    // What can't be chosen is said before anyone is asked.
    let wheel = try project.wheel(for: target, tags: tags)
    return try project.file(of: wheel, on: try await archive.page(of: project.name), environment: target)
  }

  /// The recipe's constraints can't move a pin; where one doesn't fit, someone has to decide.
  private func requireConstraints(_ projects: [LockedProject]) throws(Diagnostic) {
    let versions = Dictionary(projects.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for constraint in environment.constraints where constraint.requirement.applies(to: target) {
      guard let project = versions[constraint.requirement.name],
        !constraint.requirement.specifiers.contains(project.version)
      else { continue }
      throw Diagnostic(
        .noSolution,
        "\(project.name) is locked as \(project.version), and a constraint says \(constraint.requirement)",
        at: project.location, notes: ["the constraint stands at \(constraint.location)"],
        hints: ["change the constraint, or lock again with it"])
    }
  }
}
