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

  package init(digest: Digest, size: Int64, urls: [ResourceURL], label: String) {
    self.digest = digest
    self.size = size
    self.urls = urls
    self.label = label
  }
}
