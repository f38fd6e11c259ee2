import Essentials
import Images

/// What makes a machine of a container image, as a referrer of its manifest: the manifest as the store has it, lockfile,
/// index, kernel and initrd.
///
/// They're no layers of the image, since container tools refuse layers of types that they don't know. A referrer's blobs are
/// kept by the registry for as long as the image is, and whoever copies the image alone gets a container image that's whole.
enum MachineArtifact {
  static let type = "application/vnd.hardtack.machine.v1"
  /// No manifest's own type: what a registry takes for a manifest it wants to look into.
  static let manifestType = "application/vnd.hardtack.manifest.v1+json"
  private static let titleKey = "org.opencontainers.image.title"

  /// - Parameters:
  ///   - image: what the store has.
  ///   - index: compressed, as is `initrd`.
  ///   - subject: the manifest that the registry has.
  static func make(
    _ image: Image, manifest: Descriptor, lockfile: Descriptor, index: Descriptor, initrd: Descriptor,
    about subject: Descriptor
  ) throws(Diagnostic) -> CanonicalDocument {
    var manifest = manifest
    manifest.mediaType = manifestType
    let layers = [
      titled(manifest, "manifest.json"), titled(lockfile, "recipe.lock"), titled(index, "index.erofs.zst"),
      titled(image.machine.kernel, "kernel"), titled(initrd, "initrd.cpio.zst"),
    ]
    var artifact = Referrer(type, layers[0], about: subject)
    artifact.layers = layers
    return try CanonicalDocument(artifact, as: MediaType.imageManifest)
  }

  /// The part of this type; a compressed one by its content's.
  static func part(_ mediaType: String, of artifact: Referrer) throws(Diagnostic) -> Descriptor {
    let found = artifact.layers.first { $0.mediaType == mediaType || $0.mediaType.hasPrefix(mediaType + "+") }
    guard let found else {
      throw Diagnostic(
        .verificationFailed, "the registry has no \(mediaType) beside the image",
        hints: ["push it again with this version of hardtack"])
    }
    return found
  }

  /// The name of the file that other tools write it to.
  private static func titled(_ descriptor: Descriptor, _ title: String) -> Descriptor {
    var descriptor = descriptor
    descriptor.annotations = [titleKey: title]
    return descriptor
  }
}
