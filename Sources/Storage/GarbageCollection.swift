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
  ///   - keep: of the image roots that no release names, no pool runs and no bake has only just made, only so many of
  ///     each recipe stay, the newest; all where nil.
  ///   - also: collects what else depends on blobs, told whether one stays. Meanwhile no process can announce that it
  ///     needs a blob, so it has to be brief.
  package func collect(
    dryRun: Bool = false, keep: Int? = nil,
    also: (_ stays: (Digest) -> Bool) throws(Diagnostic) -> Void = { _ in }
  ) throws(Diagnostic) -> GarbageCollection {
    // Held throughout: whoever announces blobs or publishes one waits, and sees afterwards what is left.
    let result = try withLock(.exclusive) { () throws(Diagnostic) in
      var result = GarbageCollection()
      let held = try heldDigests(removingAbandoned: !dryRun)
      let roots = try roots()
      let superseded =
        try keep.map { (count) throws(Diagnostic) in
          try supersededImages(among: roots, keep: count, held: Set(held))
        } ?? []
      result.images = superseded.count
      let reached = try reachable(from: roots, without: superseded, held: held, isLocked: true)
      if !dryRun {
        for name in superseded {
          let path = location(.image, name)
          guard unlink(path.string) == 0 || errno == ENOENT else { throw .system(.current, "remove", path) }
        }
        // First: an image that came back after a loss of power would lack its blobs.
        if let name = superseded.first {
          try DurableFile.synchronize(folder: location(.image, name).removingLastComponent())
        }
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

}
