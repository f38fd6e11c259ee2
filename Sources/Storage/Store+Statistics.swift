package import Essentials

extension Store {
  /// What a store holds.
  package struct Statistics: Sendable, Equatable {
    /// What one root holds.
    package struct Share: Sendable, Equatable {
      package var kind: Root.Kind
      package var name: String
      /// The bytes of all stored blobs that it reaches.
      package var bytes: Int64
      /// The bytes of those that no other root reaches.
      package var alone: Int64
    }

    package var blobs = 0
    package var bytes: Int64 = 0
    /// The bytes of blobs that no root and no release's name reaches.
    package var unreached: Int64 = 0
    package var shares: [Share] = []
  }

  /// Counts what the store and each of its roots hold.
  package func statistics() throws(Diagnostic) -> Statistics {
    var result = Statistics()
    var sizes: [Digest: Int64] = [:]
    for blob in try blobs() {
      sizes[blob.digest] = blob.size
      result.blobs += 1
      result.bytes += blob.size
    }
    var holders: [Digest: Int] = [:]
    var reached: [(root: Root, digests: Set<Digest>)] = []
    for root in try roots() {
      var reachability = Reachability(self, isLocked: false)
      if root.kind == .lockfile {
        reachability.add(leaves: root.digests)
      } else {
        try reachability.add(following: root.digests)
      }
      for digest in reachability.reached { holders[digest, default: 0] += 1 }
      reached.append((root, reachability.reached))
    }
    for (root, digests) in reached {
      var share = Statistics.Share(kind: root.kind, name: root.name, bytes: 0, alone: 0)
      for digest in digests {
        guard let size = sizes[digest] else { continue }
        share.bytes += size
        if holders[digest] == 1 { share.alone += size }
      }
      result.shares.append(share)
    }
    var named = Reachability(self, isLocked: false)
    try named.add(following: index().manifests.map(\.digest))
    for (digest, size) in sizes where holders[digest] == nil && !named.reached.contains(digest) {
      result.unreached += size
    }
    return result
  }
}
