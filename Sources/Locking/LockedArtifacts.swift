import DebianPackages
package import Essentials
package import Lockfiles
import PythonPackages
package import Recipes
package import Storage
import SystemPackage
package import Transfer

/// Brings what a lockfile pins into the store.
package struct LockedArtifacts: Sendable {
  let recipe: Recipe
  let lockfile: Lockfile
  let store: Store
  let downloader: Downloader
  let environment: @Sendable (String) -> String?
  let server: StoreServer?

  /// - Parameters:
  ///   - environment: says where archives are, where not those of this machine's apt and pip are meant.
  ///   - server: a served store that is asked before them.
  package init(
    recipe: Recipe, lockfile: Lockfile, store: Store, downloader: Downloader,
    environment: @escaping @Sendable (String) -> String?, server: StoreServer? = nil
  ) {
    self.server = server
    self.recipe = recipe
    self.lockfile = lockfile
    self.store = store
    self.downloader = downloader
    self.environment = environment
  }

  /// What fetching came to.
  package struct Outcome: Sendable {
    package let fetched: Int
    /// In bytes.
    package let bytes: Int64
    package let total: Int
  }

  /// Fetches what isn't stored; where all is, no request is made.
  /// - Throws: `.verificationFailed` where what a pin's digest stands for is of another name or version than the pin
  ///   says.
  package func fetch(progress: Progress) async throws -> Outcome {
    try requireNamedAlike()
    let pins = lockfile.artifacts
    try store.hold(pins.map(\.digest))
    let missing = Set(pins.filter { !store.contains($0.digest) }.map(\.digest))
    guard !missing.isEmpty else {
      try await requireAlike()
      try keep()
      return Outcome(fetched: 0, bytes: 0, total: pins.count)
    }
    let served = try await fetchServed(missing, progress)
    let artifacts = try await ArtifactLocator(
      lockfile: lockfile, recipe: recipe, store: store, downloader: downloader, environment: environment
    ).locate(missing.subtracting(served.map(\.digest)))
    try await downloader.fetch(artifacts, into: store, progress: progress)
    try await requireAlike()
    try keep()
    let fetched = served + artifacts
    return Outcome(fetched: fetched.count, bytes: fetched.reduce(0) { $0 + $1.size }, total: pins.count)
  }

  /// Asks the server of another store first, where there is one.
  /// - Returns: what came from it. What it doesn't have is to be had elsewhere.
  private func fetchServed(_ missing: Set<Digest>, _ progress: Progress) async throws -> [Artifact] {
    guard let server else { return [] }
    do { try await server.greet(downloader) } catch let refusal as Diagnostic {
      progress.say("\(refusal.message); going on without it")
      return []
    }
    // Wheels that would have to be built may be there too.
    let built = lockfile.builtWheels.filter { !store.contains($0.digest) }
    let wanted = lockfile.artifacts.filter { missing.contains($0.digest) } + built
    let artifacts = try wanted.map { pin throws(Diagnostic) in
      Artifact(digest: pin.digest, size: pin.size, urls: [try server.url(of: pin.digest)], label: pin.label)
    }
    let failed = Set(
      try await downloader.fetchPossible(artifacts, into: store, progress: progress).map(\.artifact.digest))
    return artifacts.filter { !failed.contains($0.digest) }
  }

  /// Keeps the artifacts from being collected, also where the lockfile came from a colleague rather than from `lock`;
  /// and the lockfile's text, by which they can be fetched again wherever the recipe is then.
  private func keep() throws(Diagnostic) {
    let name = recipe.folder.real.string
    let text = lockfile.digest
    let artifacts =
      lockfile.artifacts.map(\.digest) + lockfile.builtWheels.map(\.digest).filter(store.contains)
    // One that is damaged is written anew.
    let root = try? store.root(.lockfile, name)
    let known = root?.digests ?? []
    if root?.labels[Root.fetchedLabel] == text.description, Set(known).isSuperset(of: artifacts + [text]),
      known.allSatisfy(store.contains)
    {
      return
    }
    // What the choice was made from stays while the artifacts are those that were chosen.
    let provenance =
      Set(known).isSuperset(of: artifacts)
      ? known.filter { $0 != text && !artifacts.contains($0) } : lockfile.debian.suites.map(\.release)
    try store.publish(Array(lockfile.text.utf8))
    try store.keep(
      Root(
        .lockfile, name, digests: provenance.filter(store.contains) + artifacts + [text],
        labels: [Root.fetchedLabel: text.description]))
  }
}
