import Essentials

/// What a request says about projects by name, gathered before solving.
struct Preferences: Sendable {
  let environment: TargetEnvironment
  let kept: [ProjectName: PythonVersion]
  let built: Set<ProjectName>?
  /// The projects of which a pre-release was named.
  private(set) var preReleases: Set<ProjectName> = []
  /// The digests that are allowed, where some were given.
  private(set) var hashes: [ProjectName: Set<Digest>] = [:]
  private(set) var constraints: [ProjectName: [RequestedRequirement]] = [:]
  private var pins: [ProjectName: [VersionSpecifiers]] = [:]

  init(_ request: ResolutionRequest) {
    environment = request.environment
    kept = request.kept
    built = request.built
    for asked in request.requirements + request.constraints {
      let requirement = asked.requirement
      guard requirement.applies(to: environment) else { continue }
      let name = requirement.name
      if requirement.specifiers.namesPreRelease { preReleases.insert(name) }
      if requirement.specifiers.isPin { pins[name, default: []].append(requirement.specifiers) }
      if !asked.hashes.isEmpty {
        // Each line allows what it lists; what two lines list must be allowed by both.
        hashes[name] = hashes[name]?.intersection(asked.hashes) ?? asked.hashes
      }
    }
    for asked in request.constraints where asked.requirement.applies(to: environment) {
      constraints[asked.requirement.name, default: []].append(asked)
    }
  }

  /// Whether a withdrawn version may be taken: only one that is pinned exactly (PEP 592).
  func takesYanked(_ name: ProjectName, _ version: PythonVersion) -> Bool {
    kept[name] == version || pins[name]?.contains { $0.contains(version) } == true
  }
}
