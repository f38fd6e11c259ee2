package import Essentials
import FoundationEssentials
package import Storage

/// A signature of an image's manifest, in the form "simple signing" as cosign has it: a small JSON document that names
/// the manifest's digest is the referrer's content, and the signature over its bytes an annotation of it.
///
/// Source: cosign, specs/SIGNATURE_SPEC.md; containers/image, containers-signature(5), for the document.
package enum ImageSignature {
  static let type = "application/vnd.dev.cosign.artifact.sig.v1+json"
  static let payloadType = "application/vnd.dev.cosign.simplesigning.v1+json"
  static let annotation = "dev.cosignproject.cosign/signature"
  private static let kind = "cosign container image signature"
  private static let limit = 1 << 16

  private struct Payload: Codable {
    struct Identity: Codable {
      var reference: String

      private enum CodingKeys: String, CodingKey {
        case reference = "docker-reference"
      }
    }

    struct Manifest: Codable {
      var digest: Digest

      private enum CodingKeys: String, CodingKey {
        case digest = "docker-manifest-digest"
      }
    }

    struct Critical: Codable {
      var identity: Identity
      var image: Manifest
      var type: String
    }

    var critical: Critical
  }

  /// Signs the image and stores the signature beside it. Signing again with the same key changes nothing.
  /// - Returns: the digest of the signature's manifest.
  @discardableResult
  package static func sign(_ image: Image, with key: Ed25519Key, in store: Store) throws(Diagnostic) -> Digest
  {
    let payload = try CanonicalDocument(
      Payload(
        critical: .init(
          identity: .init(reference: image.machine.recipe), image: .init(digest: image.digest), type: kind)),
      as: payloadType)
    var content = payload.descriptor
    content.annotations = [annotation: Data(try key.sign(payload.bytes)).base64EncodedString()]
    let manifest = try CanonicalDocument(
      Referrer(type, content, about: try image.descriptor(in: store)), as: MediaType.imageManifest)
    try store.publish(all: [payload.bytes, Referrer.emptyConfiguration.bytes, manifest.bytes])
    let name = try name(of: key)
    try store.update(
      Root(
        .image, image.digest.hexadecimal, digests: [image.digest],
        labels: [Root.recipeLabel: image.machine.recipe])
    ) { root in root.refer(name, to: manifest.descriptor.digest) }
    return manifest.descriptor.digest
  }

  /// Sees that the image was signed by the holder of `key`.
  /// - Returns: the digest of the signature's manifest.
  /// - Throws: `verificationFailed` where there's no signature of that key, or one that doesn't hold.
  @discardableResult
  package static func verify(_ image: Image, with key: Ed25519Key, in store: Store) throws(Diagnostic)
    -> Digest
  {
    let digest = try image.referrers(in: store)[try name(of: key)]
    guard let digest else {
      throw Diagnostic(
        .verificationFailed, "image \(image.digest.short) isn't signed by this key",
        hints: ["who has the private key signs it: hardtack sign \(image.digest.short) --key FILE"])
    }
    let referrer = try image.referrer(digest, in: store)
    guard referrer.artifactType == type, let content = referrer.layers.first,
      let signature = content.annotations?[annotation].flatMap({ Data(base64Encoded: $0) }),
      key.verifies(Array(signature), of: try store.read(content.digest, limit: limit)),
      let payload = try? JSONDecoder().decode(
        Payload.self, from: Data(try store.read(content.digest, limit: limit))),
      payload.critical.type == kind, payload.critical.image.digest == image.digest
    else {
      throw Diagnostic(
        .verificationFailed, "the signature \(digest) doesn't hold for image \(image.digest.short)",
        hints: ["don't run the image before you know who changed its signature"])
    }
    return digest
  }

  private static func name(of key: Ed25519Key) throws(Diagnostic) -> String {
    "signature/\(try key.identity.hexadecimal)"
  }
}
