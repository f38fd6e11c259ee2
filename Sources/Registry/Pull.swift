package import Essentials
import FoundationEssentials
import Images
package import Storage
import Transfer

/// Brings an image that was pushed from a registry into a store, with what is said about it: the very blobs that it was
/// pushed from, so that it boots, and signatures hold.
package struct Pull: Sendable {
  /// What was done.
  package struct Outcome: Sendable, Equatable {
    package var image: Digest
    /// The digest that the image has in the registry.
    package var manifest: Digest
    /// In bytes.
    package var size: Int64
    /// What is said about it, as in `spdx`.
    package var referrers: [String]
  }

  let reference: ImageReference
  private let store: Store
  private let progress: Progress
  private let settings: RegistryClient.Settings

  package init(
    _ reference: ImageReference, into store: Store, _ settings: RegistryClient.Settings, progress: Progress
  ) {
    self.reference = reference
    self.store = store
    self.settings = settings
    self.progress = progress
  }

  package func run() async throws -> Outcome {
    let client = try await RegistryClient.connect(reference, for: .pull, settings)
    let found = try await manifest(client)
    let packed = found.document
    let listed = try await client.referrers(of: found.descriptor.digest).descriptors
    let artifact = try await machine(listed, about: found.descriptor, client)
    let original = try MachineArtifact.part(MachineArtifact.manifestType, of: artifact)
    let lockfile = try MachineArtifact.part(MediaType.lockfile, of: artifact)
    try await fetch(
      [
        document(original, "the manifest", client), document(packed.config, "the configuration", client),
        document(lockfile, "the lockfile", client),
      ], client)

    let image = try Image(original.digest, in: store)
    let parts = try parts(of: image, packed: packed, artifact, lockfile: lockfile.digest)
    try await fetch(
      try parts.map { part throws(Diagnostic) in try self.artifact(part, client) }, client)
    let packing = Packing(store: store)
    for part in parts where Packing.isPacked(part.packed) {
      try packing.remember(part.content, as: part.packed)
    }

    let descriptor = try image.descriptor(in: store)
    let referrers = try await self.referrers(listed, of: descriptor, client)
    try store.update(
      Root(
        .image, image.digest.hexadecimal, digests: [image.digest, lockfile.digest],
        labels: [Root.recipeLabel: image.machine.recipe])
    ) { root in
      root.places["\(reference.host)/\(reference.repository)"] = found.descriptor.digest
      for (name, digest) in referrers { root.refer(name, to: digest) }
    }
    return Outcome(
      image: image.digest, manifest: found.descriptor.digest, size: descriptor.size,
      referrers: referrers.map(\.name).sorted())
  }

  private func manifest(
    _ client: RegistryClient
  ) async throws -> (descriptor: Descriptor, document: ImageManifest) {
    guard let found = try await client.manifest(reference.selector) else {
      throw Diagnostic(
        .failed, "there is no \(reference)",
        hints: [
          "the tags that are there: skopeo list-tags docker://\(reference.host)/\(reference.repository)"
        ])
    }
    guard let document = try? JSONDecoder().decode(ImageManifest.self, from: Data(found.bytes)) else {
      throw foreign()
    }
    var descriptor = found.descriptor
    descriptor.mediaType = MediaType.imageManifest
    return (descriptor, document)
  }

  private func foreign() -> Diagnostic {
    Diagnostic(
      .failed, "\(reference) is no image that boots as a machine: nothing beside it says how",
      hints: ["push it by 'hardtack push'; whoever copies such an image has to copy its referrers too"])
  }

  /// The manifest of what makes a machine of the image.
  private func machine(
    _ listed: [Descriptor], about subject: Descriptor, _ client: RegistryClient
  ) async throws -> Referrer {
    for descriptor in listed where descriptor.artifactType == MachineArtifact.type {
      guard let referrer = try await referrer(descriptor.digest, client),
        referrer.subject.digest == subject.digest,
        referrer.artifactType == MachineArtifact.type
      else { continue }
      return referrer
    }
    throw foreign()
  }

  private func referrer(_ digest: Digest, _ client: RegistryClient) async throws -> Referrer? {
    guard let found = try await client.manifest(.digest(digest)) else { return nil }
    return try? JSONDecoder().decode(Referrer.self, from: Data(found.bytes))
  }

  /// What is said about the image, made what it was and stored.
  private func referrers(
    _ listed: [Descriptor], of image: Descriptor, _ client: RegistryClient
  ) async throws -> [(name: String, digest: Digest)] {
    var documents: [(name: String, document: CanonicalDocument)] = []
    var contents: [Artifact] = []
    for descriptor in listed where descriptor.artifactType != MachineArtifact.type {
      // What other tools have added says nothing to this one.
      guard let moved = try await referrer(descriptor.digest, client),
        let restored = try MovedReferrer.restore(moved, about: image)
      else { continue }
      documents.append(restored)
      contents += try moved.layers.map { layer throws(Diagnostic) in
        try document(layer, restored.name, client)
      }
    }
    try await fetch(contents, client)
    try store.publish(all: documents.map(\.document.bytes) + [Referrer.emptyConfiguration.bytes])
    return documents.map { ($0.name, $0.document.descriptor.digest) }
  }

  private func fetch(_ artifacts: [Artifact], _ client: RegistryClient) async throws {
    try await client.downloader.fetch(artifacts, into: store, progress: progress)
  }
}
