import Essentials
package import Lockfiles
import PythonPackages
import Recipes
import Storage
import SystemPackage
import Transfer

/// Builds the wheels of source distributions. Baking does, which knows nothing of where files come from.
package protocol WheelBuilding: Sendable {
  /// What the build of `source` requires beside what its settings name. All that it pins is stored.
  func requirements(of source: Lockfile.SourcePin) async throws -> [String]

  /// Builds and stores the wheel of `source`.
  func wheel(of source: Lockfile.SourcePin) async throws -> Lockfile.BuiltWheel
}

/// Makes wheels of the source distributions that a lock comes upon, of the projects that the recipe allows by name.
///
/// Only a wheel says what it requires, so one is built as soon as the solver wants to know.
actor SourceWheels {
  /// A wheel that was built, and what it was built of.
  struct Made: Sendable {
    let source: Lockfile.SourcePin
    let wheel: Lockfile.BuiltWheel
    let metadata: CoreMetadata
  }

  private let lock: PythonLock
  private let archive: PythonArchive
  /// The lockfile as far as it's known: the packages that wheels are built on.
  private let system: Lockfile
  private let locator: ArtifactLocator
  private let builder: any WheelBuilding
  private let progress: Progress
  private var made: [String: Made] = [:]
  private var isSystemStored = false

  init(
    _ lock: PythonLock, archive: PythonArchive, locator: ArtifactLocator, builder: any WheelBuilding,
    progress: Progress
  ) {
    self.lock = lock
    self.archive = archive
    system = locator.lockfile
    self.locator = locator
    self.builder = builder
    self.progress = progress
  }

  /// What was made of a source distribution, by its file name; nil where nothing was.
  func made(of file: String) -> Made? { made[file] }

  /// What the wheel of `file`, a source distribution of `name`, says of itself.
  func metadata(of file: DistributionFile, _ name: ProjectName) async throws -> CoreMetadata {
    if let known = made[file.filename] { return known.metadata }
    let new = try await make(file, name)
    made[file.filename] = new
    return new.metadata
  }

  private func make(_ file: DistributionFile, _ name: ProjectName) async throws -> Made {
    guard let digest = file.sha256 else { throw PythonLock.unhashed(file) }
    let size = try await archive.size(of: file)
    var source = Lockfile.SourcePin(
      name: name.description, version: file.version.description, file: file.filename, size: size,
      digest: digest)
    try await fetch([file], [size])
    try await fetchSystem()
    let settings = try SourceDistribution(try archive.store.open(digest), filename: file.filename)
    source = source.requiring(try await pins(settings.requires, of: source))
    let more = try await builder.requirements(of: source)
    if !more.isEmpty {
      let asked = try more.map { text throws(Diagnostic) in try Requirement(parsing: text) }
      source = source.requiring(try await pins(settings.requires + asked, of: source))
    }
    let wheel = try await builder.wheel(of: source)
    guard let filename = WheelFilename(wheel.file), CompatibleTags(for: lock.target).rank(of: filename) != nil
    else {
      throw Diagnostic(
        .noSolution,
        "building \(name) \(file.version) gave \(wheel.file), which doesn't fit the image it was built in",
        hints: ["allow a version of '\(name)' that has a wheel for the target"])
    }
    let metadata = try Wheel(try archive.store.open(wheel.digest), filename: filename).metadata
    return Made(source: source, wheel: wheel, metadata: metadata)
  }

  /// Resolves and stores what a build requires. Nothing of it is built itself.
  private func pins(
    _ requirements: [Requirement], of source: Lockfile.SourcePin
  ) async throws -> [Lockfile.PythonPin] {
    let request = ResolutionRequest(
      requirements: requirements.map {
        RequestedRequirement($0, origin: RequestedRequirement.Origin(file: source.file))
      }, kept: lock.kept(lock.earlier?.python?.sources.first { $0.name == source.name }?.requires ?? []),
      environment: lock.target)
    let resolution: Resolution
    do { resolution = try await PythonResolver.resolve(request, index: archive) } catch var fault
      as Diagnostic
    {
      fault.notes.append("this is what building \(source.name) \(source.version) requires")
      throw fault
    }
    let pins = try await resolution.wheels.concurrentMap(limit: 16) { wheel in
      try await self.lock.pin(
        PythonLock.Chosen(wheel, requested: .dependency(.builds, of: source.name)), in: self.archive)
    }
    try await fetch(resolution.wheels.map(\.file), pins.map(\.size))
    return pins
  }

  private func fetch(_ files: [DistributionFile], _ sizes: [Int64]) async throws {
    let artifacts = try zip(files, sizes).compactMap { file, size throws(Diagnostic) -> Artifact? in
      guard let digest = file.sha256 else { throw PythonLock.unhashed(file) }
      return Artifact(digest: digest, size: size, urls: [try ResourceURL(file.url)], label: file.filename)
    }
    try await archive.downloader.fetch(artifacts, into: archive.store, progress: progress)
  }

  /// Stores the packages that wheels are built on.
  private func fetchSystem() async throws {
    guard !isSystemStored else { return }
    let packages = system.debian.packages + system.debian.build
    let missing = Set(packages.map(\.digest).filter { !archive.store.contains($0) })
    try archive.store.hold(packages.map(\.digest))
    try await archive.downloader.fetch(
      try await locator.locate(missing), into: archive.store, progress: progress)
    isSystemStored = true
  }
}
