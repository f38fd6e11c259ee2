package import Essentials

/// Something to be fetched whose content is known beforehand.
package struct Artifact: Sendable, Hashable {
  package var digest: Digest
  /// In bytes.
  package var size: Int64
  /// Where it may be had, best first; they need not be trusted.
  package var urls: [ResourceURL]
  /// What a person calls it: `nginx-light 1.22.1-9`.
  package var label: String
  /// Where it travels compressed: what is stored in its place.
  package var content: Content?

  /// Where it's from: for advice.
  package var source = SourceKind.archive

  /// What an artifact unpacks to.
  package struct Content: Sendable, Hashable {
    package var digest: Digest
    /// In bytes.
    package var size: Int64

    package init(digest: Digest, size: Int64) {
      self.digest = digest
      self.size = size
    }
  }

  /// The blob that is there once it was fetched.
  package var stored: Digest { content?.digest ?? digest }

  package init(digest: Digest, size: Int64, urls: [ResourceURL], label: String, content: Content? = nil) {
    self.digest = digest
    self.size = size
    self.urls = urls
    self.label = label
    self.content = content
  }
}
