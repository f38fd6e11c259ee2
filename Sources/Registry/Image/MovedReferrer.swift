import Essentials
import Images

/// What is said about an image, said of the manifest that a registry has for it; and back.
///
/// Layers are compressed in a registry, so the manifest is another there, and so is each referrer's: its subject is. Two
/// annotations tell what it was.
enum MovedReferrer {
  private static let nameKey = "org.hardtack.referrer"
  private static let digestKey = "org.hardtack.referrer.digest"

  /// - Parameters:
  ///   - name: what the image's root calls it, as in `spdx`.
  ///   - digest: the digest of its manifest in the store.
  static func move(
    _ referrer: Referrer, name: String, digest: Digest, to subject: Descriptor
  ) throws(Diagnostic) -> CanonicalDocument {
    var moved = referrer
    moved.subject = subject
    moved.annotations = [nameKey: name, digestKey: digest.description]
    return try CanonicalDocument(moved, as: MediaType.imageManifest)
  }

  /// The manifest that was moved, byte for byte, and its name.
  /// - Returns: nil where another tool made it, or it's of a form that this version doesn't write.
  static func restore(
    _ moved: Referrer, about image: Descriptor
  ) throws(Diagnostic) -> (name: String, document: CanonicalDocument)? {
    guard let name = moved.annotations?[nameKey],
      let digest = moved.annotations?[digestKey].flatMap({ Digest($0) }),
      moved.layers.count == 1, isName(name)
    else { return nil }
    var referrer = moved
    referrer.subject = image
    referrer.annotations = nil
    let document = try CanonicalDocument(referrer, as: MediaType.imageManifest)
    return document.descriptor.digest == digest ? (name, document) : nil
  }

  private static func isName(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (97...122).contains($0) || (48...57).contains($0) || "/-.:".utf8.contains($0)
      }
  }
}
