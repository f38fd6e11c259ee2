import DebianPackages
package import Essentials
package import Lockfiles
import PythonPackages
package import Recipes
package import Storage
import SystemPackage
package import Transfer

/// Turns a recipe into a lockfile.
package struct Locker {
  /// Which pins of an earlier lockfile may move.
  package enum Upgrade: Sendable, Equatable {
    /// None that still fits.
    case nothing
    case everything
    /// Those named, and what must follow.
    case named(Set<String>)
  }

  let recipe: Recipe
  let store: Store
  let downloader: Downloader
  let progress: Progress
  let environment: @Sendable (String) -> String?
  let builder: @Sendable (Lockfile) -> any WheelBuilding

  /// - Parameters:
  ///   - environment: says where archives are, where not those of this machine's apt and pip are meant.
  ///   - builder: builds wheels on the packages of a lockfile, where the recipe allows it.
  package init(
    recipe: Recipe, store: Store, downloader: Downloader, progress: Progress,
    environment: @escaping @Sendable (String) -> String?,
    builder: @escaping @Sendable (Lockfile) -> any WheelBuilding
  ) {
    self.builder = builder
    self.recipe = recipe
    self.store = store
    self.downloader = downloader
    self.progress = progress
    self.environment = environment
  }

  /// Resolves the recipe and pins what comes out.
  ///
  /// A suite stays as the earlier lockfile has it, its date included, while every pin of it is one of the earlier's:
  /// an archive that signs the same packages anew changes nothing, and no layer is baked again for it.
  /// - Parameters:
  ///   - earlier: the lockfile so far, whose pins stay where they still fit and may stay.
  ///   - moment: in seconds since 1970; where given, the answer of then: from the newest package indexes until then that
  ///     the store has kept, and from the wheels that were uploaded until then.
  /// - Throws: `.noSolution` with the reasons where nothing satisfies the recipe.
  package func lock(earlier: Lockfile?, upgrade: Upgrade, asOf moment: Int64? = nil) async throws -> Lockfile
  {
    let archives = try await Archives(
      recipe: recipe, store: store, downloader: downloader, asOf: moment, environment: environment)
    let contents = try await archives.current(progress)
    let solving = progress.stage("resolving packages")
    let solution = try DebianLock(
      recipe: recipe, index: contents.index, earlier: earlier, upgrade: upgrade
    ).solve()
    solving.finish()

    var lockfile = Lockfile(
      recipe: recipe.resolutionDigest,
      debian: Lockfile.Debian(
        architecture: recipe.base.architecture,
        suites: solution.suites(among: contents.suites, earlier: earlier),
        packages: solution.packages, initrd: solution.initrd, build: solution.build))
    if let wanted = recipe.python {
      let stage = progress.stage("resolving wheels")
      let lock = PythonLock(
        environment: wanted, target: try solution.target(for: recipe), earlier: earlier, upgrade: upgrade)
      lockfile.python = Lockfile.Python(interpreter: lock.target.series, packages: [])
      var archive = try await PythonArchive(
        store: store, downloader: downloader, asOf: moment, environment: environment)
      archive.builds = SourceWheels(
        lock, archive: archive,
        locator: ArtifactLocator(
          lockfile: lockfile, recipe: recipe, store: store, downloader: downloader, environment: environment),
        builder: builder(lockfile), progress: progress)
      lockfile.python = try await lock.solve(archive)
      stage.finish()
    }
    try keep(lockfile, contents.blobs, isNew: lockfile != earlier)
    return lockfile
  }

  /// What the choice was made from stays in the store, for whoever wants to check it later.
  private func keep(_ lockfile: Lockfile, _ blobs: [Digest], isNew: Bool) throws(Diagnostic) {
    let name = recipe.folder.real.string
    // A damaged root is written anew.
    let known = try? store.root(.lockfile, name)
    // The same choice again was made from what is kept already, where that is still there.
    let artifacts = Set(lockfile.artifacts.map(\.digest))
    if !isNew, let known, known.digests.allSatisfy({ artifacts.contains($0) || store.contains($0) }) {
      return
    }
    let releases = lockfile.debian.suites.map(\.release).filter(store.contains)
    let fetched = isNew ? nil : known?.labels[Root.fetchedLabel]
    try store.keep(
      Root(
        .lockfile, name,
        digests: blobs + releases + lockfile.artifacts.map(\.digest) + lockfile.builtWheels.map(\.digest)
          + [fetched.flatMap { Digest($0) }].compactMap(\.self),
        labels: fetched.map { [Root.fetchedLabel: $0] } ?? [:]))
  }
}
