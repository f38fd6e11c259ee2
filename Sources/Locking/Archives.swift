import DebianPackages
import Essentials
import Glibc
package import Recipes
package import Storage
import SystemPackage
package import Transfer

/// The Debian archives that a recipe is locked against: which they are, and what they hold now.
package struct Archives: Sendable {
  /// A suite whose Release file was verified.
  struct Suite: Sendable {
    /// What the lockfile calls it.
    let name: String
    let source: AptSource
    let release: ReleaseFile
    /// The signed Release file in the store.
    let digest: Digest
  }

  /// All that was read at one time.
  struct Contents: Sendable {
    let suites: [Suite]
    let index: PackageIndex
    /// What it was read from: the index files and the Release files.
    let blobs: [Digest]
  }

  let recipe: Recipe
  let store: Store
  let downloader: Downloader
  let settings: AptSettings
  let sources: [AptSource]
  /// In seconds since 1970: what was kept of the archives until then counts, not what they say now. Nil for now.
  let moment: Int64?
  let signature = ReleaseSignature()

  /// Finds the archives: the recipe's own, and those that this machine's apt is set up for, or in their place the
  /// mirror that the environment names.
  /// - Parameter moment: in seconds since 1970; where given, nothing is asked of them, and what the store has kept of them
  ///   until then counts.
  /// - Throws: where no source can be for the recipe's suite.
  package init(
    recipe: Recipe, store: Store, downloader: Downloader, asOf moment: Int64? = nil,
    environment: (String) -> String?
  ) async throws {
    self.recipe = recipe
    self.moment = moment
    self.store = store
    self.downloader = downloader
    settings = try await AptSettings.ofThisMachine(configuration: environment("APT_CONFIG"))
    sources = try Self.sources(of: recipe, environment: environment)
  }

  /// The verified suites that belong to the recipe, in the order of the sources.
  func suites() async throws -> [Suite] {
    let own = Dictionary(
      recipe.archives.map { ($0.location, $0.value.name) }, uniquingKeysWith: { first, _ in first })
    let kept = try moment.map { moment throws(Diagnostic) in try KeptReleases(in: store, until: moment) }
    let found = try await sources.concurrentMap(limit: 8) { source -> Result<Suite?, any Error> in
      do { return .success(try await suite(source, own[source.location], kept)) } catch {
        return .failure(error)
      }
    }
    // Of several faults the first source's is told, whichever came first.
    let suites = try found.compactMap { try $0.get() }
    guard suites.contains(where: { $0.release.codename == recipe.base.suite }) else {
      throw Diagnostic(
        .noSolution,
        "neither the recipe's archives nor this machine's apt sources are \(recipe.base.distribution.rawValue) \(recipe.base.suite)",
        at: recipe.base.location, hints: ["add a source for it to /etc/apt/sources.list.d"])
    }
    return suites
  }

  /// - Parameter name: the recipe's own, where the source is one of its archives.
  /// - Returns: nil where the source is of another suite than the recipe's.
  private func suite(
    _ source: AptSource, _ name: String?, _ kept: KeptReleases?
  ) async throws -> Suite? {
    let (bytes, release) = try await self.release(of: source, kept)
    if name == nil {
      guard release.origin.lowercased() == recipe.base.distribution.rawValue,
        release.codename == recipe.base.suite || release.codename.hasPrefix(recipe.base.suite + "-")
      else { return nil }
    }
    try check(release, source)
    return Suite(
      name: name.map { "\($0)/\(source.suite)" } ?? release.codename, source: source, release: release,
      digest: try store.publish(bytes))
  }

  /// The signed file and what it says.
  private func release(of source: AptSource, _ kept: KeptReleases?) async throws -> ([UInt8], ReleaseFile) {
    if let kept { return try await kept.newest(of: source, signature) }
    var response = try await get("InRelease", of: source)
    if response.status == 404 {
      // As apt does: the signature may stand in a file of its own.
      response = try await get("Release", of: source)
      if response.status == 200 {
        let signature = try await get("Release.gpg", of: source)
        guard signature.status == 200 else { throw Self.unsigned(source) }
        response.body = try DetachedRelease.joined(
          response.body, signature: signature.body, suite: source.suite)
      }
    }
    guard response.status == 200 else {
      throw Diagnostic(
        .notAvailableOffline,
        "the archive has no Release file for \(source.suite) (status \(response.status))",
        at: source.location, hints: ["check the source, or run 'apt-get update' to see what apt says of it"]
      )
    }
    return (
      response.body,
      try ReleaseFile(
        parsing: try await signature.verify(response.body, of: source),
        name: "the Release file of \(source.suite)")
    )
  }

  private func get(_ file: String, of source: AptSource) async throws -> Response {
    do {
      return try await downloader.get(
        Request(try ResourceURL("\(source.releaseFolder)/\(file)"), limit: 64 << 20))
    } catch let fault as Diagnostic {
      throw Diagnostic(
        fault.category, "the Release file of \(source.suite) can't be read: \(fault.message)",
        at: source.location, notes: fault.notes, hints: fault.hints)
    }
  }

  private static func unsigned(_ source: AptSource) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "the Release file of \(source.suite) has no signature: there is no Release.gpg",
      at: source.location,
      hints: ["use an archive that is signed; nothing else tells whether what it has is what it should be"])
  }

  private func check(_ release: ReleaseFile, _ source: AptSource) throws(Diagnostic) {
    let now = moment ?? Int64(time(nil))
    guard settings.checksValidUntil, let end = release.validUntil, end < now else { return }
    throw Diagnostic(
      .verificationFailed,
      "the Release file of \(source.suite) expired \((now - end) / 86400) days ago",
      at: source.location,
      hints: [
        "use an archive that is kept up to date; for a snapshot, set Acquire::Check-Valid-Until to false in apt's configuration"
      ])
  }
}
