package import Essentials

/// A pointer to a blob, as OCI's image specification defines it.
package struct Descriptor: Codable, Sendable, Hashable {
  package var mediaType: String
  package var digest: Digest
  /// In bytes.
  package var size: Int64
  package var annotations: [String: String]?
  /// Of a referrer's manifest, in a list: what is said.
  package var artifactType: String?

  package init(
    mediaType: String, digest: Digest, size: Int64, annotations: [String: String]? = nil
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.annotations = annotations
  }

  /// A layer of an image: its name goes along as an annotation.
  /// - Parameters:
  ///   - layer: its name, as in `application`.
  ///   - size: in bytes.
  package init(layer: String, digest: Digest, size: Int64) {
    self.init(
      mediaType: MediaType.layer, digest: digest, size: size, annotations: [Self.layerNameKey: layer])
  }

  /// The name of the layer that this describes; `layer` where it carries none.
  package var layerName: String { annotations?[Self.layerNameKey] ?? "layer" }

  private static let layerNameKey = "org.hardtack.layer"
}

/// The media types of what the store holds: OCI's where OCI has one.
package enum MediaType {
  package static let imageManifest = "application/vnd.oci.image.manifest.v1+json"
  package static let imageIndex = "application/vnd.oci.image.index.v1+json"
  package static let imageConfiguration = "application/vnd.oci.image.config.v1+json"
  package static let layer = "application/vnd.oci.image.layer.v1.tar"
  package static let index = "application/vnd.hardtack.index.v1.erofs"
  package static let kernel = "application/vnd.hardtack.kernel.v1"
  package static let initrd = "application/vnd.hardtack.initrd.v1.cpio"
  package static let lockfile = "application/vnd.hardtack.lockfile.v1+json"
  package static let empty = "application/vnd.oci.empty.v1+json"
  package static let spdx = "application/spdx+json"
  package static let cyclonedx = "application/vnd.cyclonedx+json"
  package static let statement = "application/vnd.in-toto+json"
}
