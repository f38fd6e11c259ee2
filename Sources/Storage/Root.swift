package import Essentials

/// What keeps blobs alive: those it names, and what those refer to.
package struct Root: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, CaseIterable, Sendable {
    /// Names every artifact of a lockfile; they need not be stored yet.
    case lockfile
    /// Names an image's manifest.
    case image
    /// Names the images that a pool runs.
    case pool
    /// Names what a database held before a swap.
    case archive
  }

  package var kind: Kind
  /// Unique among roots of its kind: a lockfile's path, a release or an image's digest, a pool's name.
  package var name: String
  package var digests: [Digest]
  /// What else there is to say; short texts.
  package var labels: [String: String]

  /// The label of an image that has the name of the recipe it was baked from.
  package static let recipeLabel = "recipe"
  /// The label of an image that has the path of that recipe's folder.
  package static let folderLabel = "folder"
  /// The label of a lockfile whose artifacts were all fetched once: the digest of its text, which is stored with them.
  package static let fetchedLabel = "fetched"

  private static let referrerPrefix = "referrer/"

  /// Of an image: the manifests of what is said about it, which stay as long as it does, by what they are, as in `spdx`.
  package var referrers: [String: Digest] {
    var found: [String: Digest] = [:]
    for (label, text) in labels where label.hasPrefix(Self.referrerPrefix) {
      found[String(label.dropFirst(Self.referrerPrefix.count))] = Digest(text)
    }
    return found
  }

  /// Takes in the manifest of what is said about the image, in the place of one of the same name.
  package mutating func refer(_ name: String, to referrer: Digest) {
    let before = labels.updateValue(referrer.description, forKey: Self.referrerPrefix + name)
    digests.removeAll { $0.description == before }
    digests.append(referrer)
  }

  private static let placePrefix = "registry/"

  /// Of an image: the registries' repositories that it was pushed to or pulled from, as in `registry.example/team/logic`, each
  /// with the digest that it has there.
  package var places: [String: Digest] {
    get {
      var found: [String: Digest] = [:]
      for (label, text) in labels where label.hasPrefix(Self.placePrefix) {
        found[String(label.dropFirst(Self.placePrefix.count))] = Digest(text)
      }
      return found
    }
    set {
      labels = labels.filter { !$0.key.hasPrefix(Self.placePrefix) }
      for (place, digest) in newValue { labels[Self.placePrefix + place] = digest.description }
    }
  }

  package init(_ kind: Kind, _ name: String, digests: [Digest], labels: [String: String] = [:]) {
    self.kind = kind
    self.name = name
    self.digests = digests
    self.labels = labels
  }
}
