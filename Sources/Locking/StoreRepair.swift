package import Essentials
import Lockfiles
import Recipes
package import Storage
import SystemPackage
package import Transfer

/// Brings back what a store has lost, as far as a lockfile that it knows of can name it.
///
/// Lockfiles are found in the store itself, where `fetch` and `bake` leave their texts, and beside the recipes that the
/// store's roots name. Archives and the Python index are those of this machine; a recipe that is still there adds its own.
package struct StoreRepair: Sendable {
  let store: Store
  let downloader: Downloader
  let environment: @Sendable (String) -> String?

  /// - Parameter environment: says where archives are, where not those of this machine's apt and pip are meant.
  package init(
    store: Store, downloader: Downloader, environment: @escaping @Sendable (String) -> String?
  ) {
    self.store = store
    self.downloader = downloader
    self.environment = environment
  }

  /// What repairing came to.
  package struct Outcome: Sendable {
    /// What is stored again.
    package var restored: [Digest] = []
    /// What isn't.
    package var lost: [LostBlob] = []

    package init(restored: [Digest] = [], lost: [LostBlob] = []) {
      self.restored = restored
      self.lost = lost
    }
  }

  /// A lockfile, and where it was found.
  struct Known: Sendable {
    var lockfile: Lockfile
    var recipe: Recipe?
  }

  /// Brings back what is missing, and tells what remains so.
  package func run(progress: Progress) async throws -> Outcome {
    let losses = try store.losses()
    guard !losses.isEmpty else { return Outcome() }
    var failures: [Digest: Diagnostic] = [:]
    for (number, known) in try lockfiles(of: losses, restoring: true).enumerated() {
      let missing = Set(known.lockfile.artifacts.map(\.digest)).intersection(
        losses.map(\.digest).filter { !store.contains($0) })
      guard !missing.isEmpty else { continue }
      if number == 0 {
        progress.say("fetching \(missing.count == 1 ? "1 blob" : "\(missing.count) blobs") again")
      }
      let (artifacts, unlocated) = try await ArtifactLocator(
        lockfile: known.lockfile, recipe: known.recipe, store: store, downloader: downloader,
        environment: environment
      ).locatePossible(missing)
      let unfetched = try await downloader.fetchPossible(artifacts, into: store, progress: progress)
      failures.merge(unlocated) { $1 }
      failures.merge(unfetched.map { ($0.artifact.digest, $0.diagnostic) }) { $1 }
    }
    let lost = try store.losses()
    let remaining = Set(lost.map(\.digest))
    return Outcome(
      restored: losses.map(\.digest).filter { !remaining.contains($0) },
      lost: try describe(lost, failures))
  }

  /// What is missing, and what would bring it back, without fetching anything.
  package func losses() throws(Diagnostic) -> [LostBlob] { try describe(try store.losses(), [:]) }

  private func describe(
    _ losses: [Store.Loss], _ failures: [Digest: Diagnostic]
  ) throws(Diagnostic) -> [LostBlob] {
    guard !losses.isEmpty else { return [] }
    var labels: [Digest: String] = [:]
    for known in try lockfiles(of: losses, restoring: false) {
      for pin in known.lockfile.artifacts + known.lockfile.builtWheels { labels[pin.digest] = pin.label }
    }
    return losses.map { LostBlob($0, label: labels[$0.digest], failure: failures[$0.digest]) }
  }

  /// Every lockfile that may name what is missing.
  /// - Parameter restoring: whether the texts of lockfiles that are missing themselves and still stand beside their recipes
  ///   are stored again.
  private func lockfiles(of losses: [Store.Loss], restoring: Bool) throws(Diagnostic) -> [Known] {
    let missing = Set(losses.map(\.digest))
    var seen: Set<Digest> = []
    var found: [Known] = []
    func add(_ known: Known) {
      if seen.insert(known.lockfile.digest).inserted { found.append(known) }
    }
    var folders: [String] = []
    for kind in [Root.Kind.lockfile, .image] {
      for root in (losses.flatMap(\.roots)) where root.kind == kind {
        let folder = kind == .lockfile ? root.name : root.labels[Root.folderLabel]
        if let folder, !folders.contains(folder) { folders.append(folder) }
      }
    }
    for folder in folders {
      let path = FilePath(folder)
      guard let lockfile = try? Lockfile.load(path.appending(Lockfile.fileName)) else { continue }
      if restoring, missing.contains(lockfile.digest) { try store.publish(Array(lockfile.text.utf8)) }
      add(Known(lockfile: lockfile, recipe: try? Recipe.load(path)))
    }
    for root in losses.flatMap(\.roots) {
      for text in texts(of: root) {
        guard let bytes = try? store.read(text, limit: 64 << 20),
          let lockfile = try? Lockfile.parse(bytes, file: FilePath("the lockfile \(text.short)"))
        else { continue }
        let folder = root.labels[Root.folderLabel] ?? root.name
        add(Known(lockfile: lockfile, recipe: try? Recipe.load(FilePath(folder))))
      }
    }
    return found
  }

  /// Which blobs of a root may be lockfiles' texts.
  private func texts(of root: Root) -> [Digest] {
    switch root.kind {
    case .lockfile: root.labels[Root.fetchedLabel].flatMap { Digest($0) }.map { [$0] } ?? []
    case .image: root.digests.filter(store.contains)
    case .pool, .archive: []
    }
  }
}
