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
    return try await pinned(
      resolution.wheels.map { Chosen($0, requested: .requested) }, in: archive)
  }

  /// A file that was chosen, and why.
  struct Chosen: Sendable {
    let name: ProjectName
    let version: PythonVersion
    let file: DistributionFile
    let because: [Lockfile.Reason]
  }

  /// Pins what was chosen: files of the index as they are, and of each source distribution the wheel that was built from it.
  func pinned(_ chosen: [Chosen], in archive: PythonArchive) async throws -> Lockfile.Python {
    var sources: [Lockfile.SourcePin] = []
    for choice in chosen where choice.file.isSource {
      guard var source = await archive.builds?.made(of: choice.file.filename)?.source else { continue }
      source.version = choice.version.description
      sources.append(source)
    }
    return Lockfile.Python(
      interpreter: target.series,
      packages: try await chosen.concurrentMap(limit: 16) { try await self.pin($0, in: archive) },
      sources: sources)
  }

  func pin(_ choice: Chosen, in archive: PythonArchive) async throws -> Lockfile.PythonPin {
    let file: Lockfile.BuiltWheel
    if let made = await archive.builds?.made(of: choice.file.filename) {
      file = made.wheel
    } else {
      guard let digest = choice.file.sha256 else { throw Self.unhashed(choice.file) }
      file = Lockfile.BuiltWheel(
        file: choice.file.filename, size: try await archive.size(of: choice.file), digest: digest)
    }
    return Lockfile.PythonPin(
      name: choice.name.description, version: choice.version.description, file: file.file, size: file.size,
      digest: file.digest, because: choice.because)
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

extension PythonLock.Chosen {
  /// - Parameter requested: the reason where the wheel is asked for, and not only by others.
  init(_ wheel: ResolvedWheel, requested: Lockfile.Reason) {
    self.init(
      name: wheel.name, version: wheel.version, file: wheel.file,
      because: wheel.askedForBy.map { .dependency(.requires, of: $0.description) }
        + (wheel.isRequested ? [requested] : []))
  }
}
