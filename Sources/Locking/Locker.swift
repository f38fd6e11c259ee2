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

  package init(recipe: Recipe, store: Store, downloader: Downloader, progress: Progress) {
    self.recipe = recipe
    self.store = store
    self.downloader = downloader
    self.progress = progress
  }

  /// Resolves the recipe and pins what comes out.
  /// - Parameters:
  ///   - earlier: the lockfile so far, whose pins stay where they still fit and may stay.
  /// - Throws: `.noSolution` with the reasons where nothing satisfies the recipe.
  package func lock(earlier: Lockfile?, upgrade: Upgrade) async throws -> Lockfile {
    let stage = progress.stage("reading the archives")
    let archives = try await Archives(recipe: recipe, store: store, downloader: downloader)
    let suites = try await archives.suites()
    stage.finish()
    let (index, blobs) = try await archives.index(of: suites, progress: progress)
    let solving = progress.stage("resolving packages")
    let solution = try DebianLock(recipe: recipe, index: index, earlier: earlier, upgrade: upgrade).solve()
    solving.finish()

    var python: Lockfile.Python?
    if let environment = recipe.python {
      let stage = progress.stage("resolving wheels")
      python = try await PythonLock(
        environment: environment, target: try solution.target(for: recipe), earlier: earlier, upgrade: upgrade
      ).solve(try await PythonArchive(store: store, downloader: downloader))
      stage.finish()
    }
    let used = Set(solution.packages.map(\.suite) + solution.initrd.map(\.suite))
    let lockfile = Lockfile(
      recipe: recipe.resolutionDigest,
      debian: Lockfile.Debian(
        architecture: recipe.base.architecture,
        suites: suites.filter { used.contains($0.name) }.map {
          Lockfile.Suite(
            suite: $0.name, origin: $0.release.origin, label: $0.release.label, date: $0.release.date,
            release: $0.digest)
        }, packages: solution.packages, initrd: solution.initrd),
      python: python)
    // What the choice was made from stays in the store, for whoever wants to check it later.
    try store.keep(
      Root(.lockfile, recipe.folder.real.string, digests: blobs + lockfile.artifacts.map(\.digest)))
    return lockfile
  }
}
