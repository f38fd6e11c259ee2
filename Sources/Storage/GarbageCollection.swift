package import Essentials
import Glibc
import SystemPackage

/// What a collection of garbage removed, or would remove.
package struct GarbageCollection: Sendable, Equatable {
  /// Blobs that nothing reaches.
  package var blobs = 0
  /// Their bytes.
  package var bytes: Int64 = 0
  /// Records of actions whose outputs are gone.
  package var actions = 0
  /// What processes that died left half-written.
  package var leftovers = 0
  /// Image roots that were dropped, as no release names them.
  package var images = 0
}

extension Store {
  /// Removes what no root reaches and no lease holds.
  ///
  /// Nothing is removed where a root, or a manifest that one reaches, is damaged or missing: what it keeps alive could
  /// not be told.
  /// - Parameters:
  ///   - dryRun: whether to say only what would be removed.
  ///   - keep: of the image roots that no release names, no pool runs and no bake has only just made, only so many stay,
  ///     the newest; all where nil.
  ///   - also: collects what else depends on blobs, told whether one stays. Meanwhile no process can announce that it
  ///     needs a blob, so it has to be brief.
  package func collect(
    dryRun: Bool = false, keep: Int? = nil,
    also: (_ stays: (Digest) -> Bool) throws(Diagnostic) -> Void = { _ in }
  ) throws(Diagnostic) -> GarbageCollection {
    // Held throughout: whoever announces blobs or publishes one waits, and sees afterwards what is left.
    let result = try withLock(.exclusive) { () throws(Diagnostic) in
      var result = GarbageCollection()
      let held = try heldDigests()
      let superseded =
        try keep.map { (count) throws(Diagnostic) in try supersededImages(keep: count, held: Set(held)) }
        ?? []
      result.images = superseded.count
      let reached = try reachable(without: superseded, held: held)
      if !dryRun {
        for name in superseded { unlink(location(.image, name).string) }
      }
      for blob in try blobs() where !reached.contains(blob.digest) {
        result.blobs += 1
        result.bytes += blob.size
        if !dryRun, unlink(location(of: blob.digest).string) != 0, errno != ENOENT {
          throw .system(.current, "remove", location(of: blob.digest))
        }
      }
      result.actions = try pruneActions(
        isKept: { digest in reached.contains(digest) && contains(digest) }, dryRun: dryRun)
      result.leftovers = try pruneLeftovers(reached, dryRun: dryRun)
      try also(reached.contains)
      return result
    }
    if !dryRun {
      try marks.prune()
      try DurableFile.synchronize(folder: blobFolder)
    }
    return result
  }

  /// What must stay: all that roots, releases' names and living leases reach.
  /// - Precondition: the store's lock is held alone.
  private func reachable(without superseded: Set<String>, held: [Digest]) throws(Diagnostic) -> Set<Digest> {
    var reachability = Reachability(self, isLocked: true)
    for root in try roots() {
      switch root.kind {
      case .lockfile, .archive: reachability.add(leaves: root.digests)
      case .image where superseded.contains(root.name): continue
      case .image, .pool:
        for digest in root.digests where !contains(digest) {
          throw Diagnostic(
            .verificationFailed,
            "the \(root.kind) '\(root.name)' needs \(digest), which isn't in the store \(self.root)",
            hints: ["bake it again, or remove it; until then nothing is collected"])
        }
        try reachability.add(following: root.digests)
      }
    }
    for tag in try tags() {
      guard contains(tag.digest) else { throw missing(tag.digest) }
    }
    try reachability.add(following: index().manifests.map(\.digest))
    try reachability.add(following: held)
    return reachability.reached
  }

  /// The names of image roots beyond the newest `keep`, those aside that a release or a pool needs, or that a bake
  /// has made and is about to name.
  private func supersededImages(keep: Int, held: Set<Digest>) throws(Diagnostic) -> Set<String> {
    let all = try roots()
    var needed = Set(try index().manifests.map(\.digest))
    for root in all where root.kind == .pool { needed.formUnion(root.digests) }
    var candidates: [(name: String, written: timespec)] = []
    for root in all where root.kind == .image && needed.isDisjoint(with: root.digests) {
      // Whoever records a root holds all that it names, to the end of the process.
      if held.isSuperset(of: root.digests) { continue }
      var information = stat()
      guard stat(location(.image, root.name).string, &information) == 0 else { continue }
      candidates.append((root.name, information.st_mtim))
    }
    candidates.sort { a, b in
      (a.written.tv_sec, a.written.tv_nsec, a.name) > (b.written.tv_sec, b.written.tv_nsec, b.name)
    }
    return Set(candidates.dropFirst(max(0, keep)).map(\.name))
  }
}
