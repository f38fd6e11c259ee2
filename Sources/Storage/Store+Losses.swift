package import Essentials

extension Store {
  /// A blob that is needed and isn't stored.
  package struct Loss: Sendable, Equatable {
    package var digest: Digest
    /// The roots that need it, by kind and name.
    package var roots: [Root]
    /// The releases that need it, in the order in which they were named.
    package var releases: [String]
  }

  /// What is missing of what roots and releases need, by digest.
  ///
  /// A lockfile's artifacts count once they were all fetched; before that they're not lost but still to come.
  /// What a missing manifest or configuration refers to can't be told.
  /// - Throws: where the index is damaged. Damaged roots are left out.
  package func losses() throws(Diagnostic) -> [Loss] {
    let known = Reachability.Known()
    var losses: [Digest: Loss] = [:]
    func note(_ reached: Set<Digest>, _ change: (inout Loss) -> Void) {
      for digest in reached where !contains(digest) {
        change(&losses[digest, default: Loss(digest: digest, roots: [], releases: [])])
      }
    }
    for kind in Root.Kind.allCases {
      for path in try rootPaths(kind) {
        guard let root = try? load(path, kind) else { continue }
        if kind == .lockfile, root.labels[Root.fetchedLabel] == nil { continue }
        note(try needs(of: root.digests, following: kind == .image || kind == .pool, known)) {
          $0.roots.append(root)
        }
      }
    }
    for tag in try tags() {
      note(try needs(of: [tag.digest], following: true, known)) { $0.releases.append(tag.name) }
    }
    return losses.values.sorted { $0.digest < $1.digest }.map { loss in
      var loss = loss
      loss.roots.sort { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) }
      return loss
    }
  }

  private func needs(
    of digests: [Digest], following: Bool, _ known: Reachability.Known
  ) throws(Diagnostic) -> Set<Digest> {
    var reachability = Reachability(self, isLocked: false, known: known)
    guard following else {
      reachability.add(leaves: digests)
      return reachability.reached
    }
    try reachability.add(descriptorsFrom: digests)
    return reachability.reached
  }
}
