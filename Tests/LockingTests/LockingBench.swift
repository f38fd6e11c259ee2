import Essentials
import Lockfiles
import Locking
import Recipes
import Storage
import SystemPackage
import TestSupport
import Transfer

/// Locks and fetches a workshop's recipe in this process.
struct LockingBench {
  let workshop: Workshop
  let store: Store
  let downloader: Downloader
  let quiet = Progress(style: .quiet)
  /// What builds wheels, where a test allows that.
  var builder: any WheelBuilding = NoBuilder()

  init() async throws {
    workshop = try await Workshop()
    store = try Store(at: workshop.store, creating: true)
    var configuration = Downloader.Configuration()
    configuration.pause = { _ in }
    downloader = try Downloader(configuration)
  }

  func recipe() throws(Diagnostic) -> Recipe { try Recipe.load(workshop.recipe) }

  /// - Parameters:
  ///   - moment: in seconds since 1970.
  ///   - changes: what the environment says in place of the workshop's own.
  func lock(
    _ earlier: Lockfile? = nil, upgrade: Locker.Upgrade = .nothing, asOf moment: Int64? = nil,
    changes: [String: String] = [:]
  ) async throws -> Lockfile {
    let environment = workshop.environment.merging(changes) { $1 }
    return try await Locker(
      recipe: try recipe(), store: store, downloader: downloader, progress: quiet,
      environment: { environment[$0] }, builder: { [builder] _ in builder }
    ).lock(earlier: earlier, upgrade: upgrade, asOf: moment)
  }

  /// - Parameter other: another store than the bench's own.
  func fetch(_ lockfile: Lockfile, into other: Store? = nil) async throws -> LockedArtifacts.Outcome {
    let environment = workshop.environment
    return try await LockedArtifacts(
      recipe: try recipe(), lockfile: lockfile, store: other ?? store, downloader: downloader,
      environment: { environment[$0] }
    ).fetch(progress: quiet)
  }

  /// The error that `body` ends with, the workshop's own paths and address taken out; nil where it ends well.
  func fault(_ body: () async throws -> Void) async throws -> Diagnostic? {
    do {
      try await body()
      return nil
    } catch let error as Diagnostic {
      return error
    }
  }
}

/// Stands in where nothing is to be built.
struct NoBuilder: WheelBuilding {
  func requirements(of source: Lockfile.SourcePin) async throws -> [String] {
    throw Diagnostic(.bug, "\(source.file) is built")
  }

  func wheel(of source: Lockfile.SourcePin) async throws -> Lockfile.BuiltWheel {
    throw Diagnostic(.bug, "\(source.file) is built")
  }
}

extension Lockfile {
  /// Name, version and reasons of every pin.
  var lines: [String] {
    (debian.packages + debian.initrd).map { "\($0.name) \($0.version): \($0.because.text)" }
      + (python?.packages ?? []).map { "\($0.name) \($0.version): \($0.because.text)" }
  }
}

extension [Lockfile.Reason] {
  fileprivate var text: String { map(\.description).joined(separator: ", ") }
}
