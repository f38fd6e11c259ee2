import Essentials
import Images
import Transfer

/// A blob as the store and as the registry has it.
struct Part {
  var content: Descriptor
  var packed: Descriptor
  var label: String
}

extension Pull {
  /// Layers, index, kernel and initrd. What they're unpacked to is what the image's own manifest and configuration pin.
  func parts(
    of image: Image, packed: ImageManifest, _ artifact: Referrer, lockfile: Digest
  ) throws(Diagnostic) -> [Part] {
    let layers = image.manifest.layers
    guard image.manifest.config.digest == packed.config.digest, layers.count == packed.layers.count,
      image.machine.lockfile == lockfile
    else {
      throw Diagnostic(
        .verificationFailed, "what the registry has beside \(reference) belongs to another image",
        hints: ["push it again with this version of hardtack"])
    }
    let machine = image.machine
    return zip(layers, packed.layers).map {
      Part(content: $0, packed: $1, label: "the layer '\($0.layerName.printable)'")
    }
      + [
        Part(
          content: machine.index, packed: try MachineArtifact.part(MediaType.index, of: artifact),
          label: "the index"),
        Part(
          content: machine.kernel, packed: try MachineArtifact.part(MediaType.kernel, of: artifact),
          label: "the kernel"),
        Part(
          content: machine.initrd, packed: try MachineArtifact.part(MediaType.initrd, of: artifact),
          label: "the initrd"),
      ]
  }

  /// A blob that is read whole, and so can't be of any size.
  func document(
    _ descriptor: Descriptor, _ label: String, _ client: RegistryClient
  ) throws(Diagnostic) -> Artifact {
    try Self.check(descriptor.size, of: label, atMost: 64 << 20)
    return try plain(descriptor, label, client)
  }

  /// Sees that a size which a registry tells can be one.
  private static func check(_ size: Int64, of label: String, atMost limit: Int64) throws(Diagnostic) {
    guard !(0...limit).contains(size) else { return }
    throw Diagnostic(
      .verificationFailed, "the registry says that \(label) has \(size) bytes; it can have \(limit) at most",
      hints: ["push it again with this version of hardtack"])
  }

  private func plain(
    _ descriptor: Descriptor, _ label: String, _ client: RegistryClient
  ) throws(Diagnostic) -> Artifact {
    var artifact = Artifact(
      digest: descriptor.digest, size: descriptor.size, urls: [try client.url("blobs/\(descriptor.digest)")],
      label: label)
    artifact.source = .registry
    return artifact
  }

  func artifact(_ part: Part, _ client: RegistryClient) throws(Diagnostic) -> Artifact {
    for size in [part.packed.size, part.content.size] {
      try Self.check(size, of: part.label, atMost: 1 << 40)
    }
    var artifact = try plain(part.packed, part.label, client)
    if Packing.isPacked(part.packed) {
      artifact.content = Artifact.Content(digest: part.content.digest, size: part.content.size)
    } else if part.packed.digest != part.content.digest {
      throw Diagnostic(
        .verificationFailed, "the registry has another blob for \(part.label) than the image names",
        hints: ["push it again with this version of hardtack"])
    }
    return artifact
  }
}
