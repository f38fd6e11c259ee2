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
    let blobs = try blobs()
    var result = Statistics(blobs: blobs.count, bytes: blobs.reduce(0) { $0 + $1.size })
    // Each digest is looked up once a root: there may be very many of both.
    var positions = [Digest: Int](minimumCapacity: blobs.count)
    for (position, blob) in blobs.enumerated() { positions[blob.digest] = position }
    let known = Reachability.Known()
    let roots = try roots()
    var holders = [Int](repeating: 0, count: blobs.count)
    var reached: [[Int]] = []
    for root in roots {
      var reachability = Reachability(self, isLocked: false, known: known)
      try reachability.add(root)
      let found = reachability.reached.compactMap { positions[$0] }
      for position in found { holders[position] += 1 }
      reached.append(found)
    }
    let tags = try tags()
    for (root, found) in zip(roots, reached) {
      let releases = root.kind == .image ? tags.filter { root.digests.contains($0.digest) }.map(\.name) : []
      var share = Statistics.Share(root: root, releases: releases, bytes: 0, alone: 0)
      for position in found {
        share.bytes += blobs[position].size
        if holders[position] == 1 { share.alone += blobs[position].size }
      }
      result.shares.append(share)
    }
    var named = Reachability(self, isLocked: false, known: known)
    try named.add(following: index().manifests.map(\.digest))
    for (blob, count) in zip(blobs, holders) where count == 0 && !named.reached.contains(blob.digest) {
      result.unreached += blob.size
    }
    result.collectable = collectable(blobs, roots, known)
    return result
  }

  private func collectable(
    _ blobs: [(digest: Digest, size: Int64)], _ roots: [Root], _ known: Reachability.Known
  ) -> Int64? {
    let stays = try? withLock(.exclusive) { () throws(Diagnostic) in
      let held = try heldDigests(removingAbandoned: false)
      return try reachable(
        from: roots, without: try supersededImages(among: roots, keep: 0, held: Set(held)), held: held,
        isLocked: true, known: known)
    }
    guard let stays else { return nil }
    return blobs.reduce(0) { stays.contains($1.digest) ? $0 : $0 + $1.size }
  }
}
