package import Essentials
import FoundationEssentials
package import Storage

/// An OCI manifest of something that is said about an image: a bill of materials, a signature.
///
/// Source: OCI image specification 1.1, manifest.md, "Guidelines for Artifact Usage": an empty configuration, the content as
/// its one layer, and the image as `subject`.
package struct Referrer: Codable, Sendable, Hashable {
  package var schemaVersion = 2
  package var mediaType = MediaType.imageManifest
  package var artifactType: String
  package var config: Descriptor
  package var layers: [Descriptor]
  package var subject: Descriptor
  package var annotations: [String: String]?

  /// What the configuration of an artifact without one is.
  package static let emptyConfiguration = CanonicalDocument(bytes: Array("{}".utf8), as: MediaType.empty)

  /// - Parameters:
  ///   - type: what is said, as a media type.
  ///   - content: where it is.
  ///   - image: what it's said about.
  package init(_ type: String, _ content: Descriptor, about image: Descriptor) {
    artifactType = type
    config = Self.emptyConfiguration.descriptor
    layers = [content]
    subject = image
  }
}

/// An OCI image index: a list of manifests.
package struct ImageList: Codable, Sendable, Hashable {
  package var schemaVersion = 2
  package var mediaType = MediaType.imageIndex
  package var manifests: [Descriptor]

  package init(_ manifests: [Descriptor]) { self.manifests = manifests }
}

extension Image {
  /// The descriptor of the image's manifest.
  package func descriptor(in store: Store) throws(Diagnostic) -> Descriptor {
    guard let size = store.size(of: digest) else {
      throw Diagnostic(.notAvailableOffline, "the image \(digest.short) isn't in the store")
    }
    return Descriptor(mediaType: manifest.mediaType, digest: digest, size: size)
  }

  /// What is said about the image, by what it is.
  package func referrers(in store: Store) throws(Diagnostic) -> [String: Digest] {
    try store.root(.image, digest.hexadecimal)?.referrers ?? [:]
  }

  /// The manifests of what is said about the image, as OCI lists them; what is missing or damaged is left out.
  package func referrerDescriptors(in store: Store) throws(Diagnostic) -> [Descriptor] {
    try referrers(in: store).sorted { $0.key < $1.key }.compactMap { _, digest in
      guard let referrer = try? referrer(digest, in: store), let size = store.size(of: digest) else {
        return nil
      }
      var descriptor = Descriptor(mediaType: referrer.mediaType, digest: digest, size: size)
      descriptor.artifactType = referrer.artifactType
      return descriptor
    }
  }

  /// Reads the manifest of what is said about the image, and checks that it is about this one.
  /// - Throws: `verificationFailed` where it's no such manifest, or about another image.
  package func referrer(_ digest: Digest, in store: Store) throws(Diagnostic) -> Referrer {
    let bytes = try store.read(digest, limit: 1 << 20)
    guard let referrer = try? JSONDecoder().decode(Referrer.self, from: Data(bytes)),
      referrer.subject.digest == self.digest, referrer.layers.count == 1
    else {
      throw Diagnostic(
        .verificationFailed, "\(digest) says nothing about image \(self.digest.short)",
        hints: ["bake the image again, and sign it again"])
    }
    return referrer
  }
}
