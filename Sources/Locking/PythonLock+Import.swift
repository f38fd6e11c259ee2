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
    let tags = CompatibleTags(for: target)
    let target = target
    return Lockfile.Python(
      interpreter: target.series,
      packages: try await projects.concurrentMap(limit: 16) { project in
        // What can't be chosen is said before anyone is asked.
        let wheel = try project.wheel(for: target, tags: tags)
        let page = try await archive.page(of: project.name)
        let file = try project.file(of: wheel, on: page, environment: target)
        guard let digest = file.sha256 else {
          throw Diagnostic(.bug, "a wheel without a digest was taken for the one locked")
        }
        var because = project.askedForBy.map {
          Lockfile.Reason.dependency(.requires, of: $0.description)
        }
        if project.isRequested || because.isEmpty { because.append(.requested) }
        return Lockfile.PythonPin(
          name: project.name.description, version: project.version.description, file: file.filename,
          size: try await archive.size(of: file), digest: digest, because: because)
      })
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
