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

  /// - Parameter archive: what is built is built through it.
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
      requirements: entries.map(Self.asked), constraints: environment.constraints.map(Self.asked),
      kept: kept(earlier?.python?.packages ?? []), built: Set(environment.build), environment: target)
    let resolution = try await PythonResolver.resolve(request, index: archive)
    let pins = try await resolution.wheels.concurrentMap(limit: 16) { wheel in
      try await pin(wheel, in: archive, requested: .requested)
    }
    return Lockfile.Python(
      interpreter: target.series, packages: pins,
      sources: try await resolution.wheels.concurrentMap { wheel in
        var source = await archive.builds?.made(of: wheel.file.filename)?.source
        source?.version = wheel.version.description
        return source
      }.compactMap(\.self))
  }

  /// - Parameter requested: the reason where the wheel is asked for, and not only by others.
  func pin(
    _ wheel: ResolvedWheel, in archive: PythonArchive, requested: Lockfile.Reason
  ) async throws -> Lockfile.PythonPin {
    var because = wheel.askedForBy.map { Lockfile.Reason.dependency(.requires, of: $0.description) }
    if wheel.isRequested { because.append(requested) }
    let file: Lockfile.BuiltWheel
    if let made = await archive.builds?.made(of: wheel.file.filename) {
      file = made.wheel
    } else {
      guard let digest = wheel.file.sha256 else { throw Self.unhashed(wheel.file) }
      file = Lockfile.BuiltWheel(
        file: wheel.file.filename, size: try await archive.size(of: wheel.file), digest: digest)
    }
    return Lockfile.PythonPin(
      name: wheel.name.description, version: wheel.version.description, file: file.file, size: file.size,
      digest: file.digest, because: because)
  }

  static func unhashed(_ file: DistributionFile) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "the index gives no SHA-256 for \(file.filename)",
      hints: ["use an index that does; a lockfile pins by it"])
  }

  private static func asked(_ entry: Recipe.RequirementEntry) -> RequestedRequirement {
    RequestedRequirement(
      entry.requirement, hashes: Set(entry.hashes),
      origin: RequestedRequirement.Origin(file: entry.location.file, line: entry.location.line))
  }

  /// Those of an earlier lock's pins that stay where they fit.
  func kept(_ earlier: [Lockfile.PythonPin]) -> [ProjectName: PythonVersion] {
    guard upgrade != .everything else { return [:] }
    var kept: [ProjectName: PythonVersion] = [:]
    for pin in earlier {
      if case .named(let names) = upgrade, names.contains(pin.name) { continue }
      if let name = ProjectName(pin.name), let version = PythonVersion(pin.version) { kept[name] = version }
    }
    return kept
  }
}
