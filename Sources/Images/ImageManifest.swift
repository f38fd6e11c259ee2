/// An OCI image manifest: a configuration and the layers, lowest first.
///
/// Its digest is the image's digest, so it pins everything: layers by descriptor, and index, kernel, initrd,
/// secrets' schema and services through the configuration.
package struct ImageManifest: Codable, Sendable, Hashable {
  package var schemaVersion = 2
  package var mediaType = MediaType.imageManifest
  package var config: Descriptor
  package var layers: [Descriptor]

  package init(config: Descriptor, layers: [Descriptor]) {
    self.config = config
    self.layers = layers
  }
}
