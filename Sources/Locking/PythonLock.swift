import DebianPackages
import Essentials
import Lockfiles
import PythonPackages
import Recipes

/// The Python environment's part of a lock.
struct PythonLock {
  let environment: Recipe.PythonEnvironment
  let target: TargetEnvironment
  let earlier: Lockfile?
  let upgrade: Locker.Upgrade

  func solve(_ archive: PythonArchive) async throws -> Lockfile.Python {
    let entries: [Recipe.RequirementEntry]
    switch environment.requirements {
    case .listed(let listed): entries = listed
    case .locked(let format, let path, let content):
      // Its versions hold, whenever they were uploaded.
      var archive = archive
      archive.moment = nil
      return try await imported(format, path, content, archive)
    }
    let request = ResolutionRequest(
      requirements: entries.map(Self.asked), constraints: environment.constraints.map(Self.asked), kept: kept,
      environment: target)
    let resolution = try await PythonResolver.resolve(request, index: archive)
    return Lockfile.Python(
      interpreter: target.series,
      packages: try await resolution.wheels.concurrentMap(limit: 16) { wheel in
        guard let digest = wheel.file.sha256 else {
          throw Diagnostic(
            .verificationFailed, "the index gives no SHA-256 for \(wheel.file.filename)",
            hints: ["use an index that does; a lockfile pins by it"])
        }
        let size = try await archive.size(of: wheel.file)
        var because = wheel.askedForBy.map { Lockfile.Reason.dependency(.requires, of: $0.description) }
        if wheel.isRequested { because.append(.requested) }
        return Lockfile.PythonPin(
          name: wheel.name.description, version: wheel.version.description, file: wheel.file.filename,
          size: size,
          digest: digest, because: because)
      })
  }

  private static func asked(_ entry: Recipe.RequirementEntry) -> RequestedRequirement {
    RequestedRequirement(
      entry.requirement, hashes: Set(entry.hashes),
      origin: RequestedRequirement.Origin(file: entry.location.file, line: entry.location.line))
  }

  private var kept: [ProjectName: PythonVersion] {
    guard let earlier = earlier?.python, upgrade != .everything else { return [:] }
    var kept: [ProjectName: PythonVersion] = [:]
    for pin in earlier.packages {
      if case .named(let names) = upgrade, names.contains(pin.name) { continue }
      if let name = ProjectName(pin.name), let version = PythonVersion(pin.version) { kept[name] = version }
    }
    return kept
  }
}
