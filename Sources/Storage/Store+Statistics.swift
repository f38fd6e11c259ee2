package import Essentials

extension Store {
  /// What a store holds.
  package struct Statistics: Sendable, Equatable {
    /// What one root holds.
    package struct Share: Sendable, Equatable {
      package var root: Root
      /// The releases that name what the root names.
      package var releases: [String]
      /// The bytes of all stored blobs that it reaches.
      package var bytes: Int64
      /// The bytes of those that no other root reaches.
      package var alone: Int64
    }

    package var blobs = 0
    package var bytes: Int64 = 0
    /// The bytes of blobs that no root and no release's name reaches.
    package var unreached: Int64 = 0
    /// The bytes that a collection would remove now: those, less what running processes hold, and what only images
    /// without a name hold. Nil where a collection would refuse to.
    package var collectable: Int64?
    package var shares: [Share] = []
  }

  /// Counts what the store and each of its roots hold.
  package func statistics() throws(Diagnostic) -> Statistics {
    var result = Statistics()
    let blobs = try blobs()
    var sizes = [Digest: Int64](minimumCapacity: blobs.count)
    for blob in blobs {
      sizes[blob.digest] = blob.size
      result.bytes += blob.size
    }
    result.blobs = blobs.count
    let known = Reachability.Known()
    var holders = [Digest: Int](minimumCapacity: blobs.count)
    var reached: [(root: Root, digests: Set<Digest>)] = []
    for root in try roots() {
      var reachability = Reachability(self, isLocked: false, known: known)
      try reachability.add(root)
      for digest in reachability.reached { holders[digest, default: 0] += 1 }
      reached.append((root, reachability.reached))
    }
    let tags = try tags()
    for (root, digests) in reached {
      let releases = root.kind == .image ? tags.filter { root.digests.contains($0.digest) }.map(\.name) : []
      var share = Statistics.Share(root: root, releases: releases, bytes: 0, alone: 0)
      for digest in digests {
        guard let size = sizes[digest] else { continue }
        share.bytes += size
        if holders[digest] == 1 { share.alone += size }
      }
      result.shares.append(share)
    }
    var named = Reachability(self, isLocked: false, known: known)
    try named.add(following: index().manifests.map(\.digest))
    for (digest, size) in sizes where holders[digest] == nil && !named.reached.contains(digest) {
      result.unreached += size
    }
    result.collectable = collectable(blobs)
    return result
  }

  private func collectable(_ blobs: [(digest: Digest, size: Int64)]) -> Int64? {
    let stays = try? withLock(.exclusive) { () throws(Diagnostic) in
      let held = try heldDigests(removingAbandoned: false)
      return try reachable(
        without: try supersededImages(keep: 0, held: Set(held)), held: held, isLocked: true)
    }
    guard let stays else { return nil }
    return blobs.reduce(0) { stays.contains($1.digest) ? $0 : $0 + $1.size }
  }
}
