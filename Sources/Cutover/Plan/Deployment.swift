package import Essentials

/// An image in service, or on its way to it: what a swap calls blue where it's live, and green where it's to be.
package struct Deployment: Codable, Sendable, Hashable {
  /// What people call it: the release's name, or the image's short digest.
  package var release: String
  package var image: Digest
  /// The pool that runs it; its role in the database and its servers in the balancer go by this name.
  package var pool: String
  /// How many instances it has when it's live.
  package var count: Int

  package init(release: String, image: Digest, pool: String, count: Int) {
    self.release = release
    self.image = image
    self.pool = pool
    self.count = count
  }
}

/// How a swap gets from blue to green.
package enum Strategy: String, Codable, Sendable, CaseIterable {
  /// A whole green pool beside blue, and then all requests at once.
  case allAtOnce = "all-at-once"
  /// One green instance in, one blue instance out, until none is blue.
  case rolling
  /// A growing share of the requests to a whole green pool.
  case canary
}

package enum Scenario: String, Codable, Sendable {
  /// Rehearses a release on a copy of live data.
  case liveToTest = "live-to-test"
  /// Makes a release live.
  case liveToLive = "live-to-live"
  /// Stops what is live.
  case takeDown = "take-down"
}
