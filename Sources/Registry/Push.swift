package import Essentials
package import Images
package import Storage
import SystemPackage

/// Brings an image into a registry: what the repository lacks, and nothing else.
package struct Push: Sendable {
  /// What was done.
  package struct Outcome: Sendable, Equatable {
    /// The digest that the image has in the registry.
    package var manifest: Digest
    /// Blobs that were sent.
    package var pushed = 0
    /// Blobs that the registry took from another of its repositories.
    package var mounted = 0
    /// Blobs that were there.
    package var present = 0
    /// What was sent of blobs and manifests, in bytes.
    package var bytes: Int64 = 0
  }

  /// So many blobs are under way at a time.
  private static let parallel = 4

  private let image: Image
  private let reference: ImageReference
  private let store: Store
  private let progress: Progress
  private let settings: RegistryClient.Settings

  /// - Throws: `usage` where the reference is a digest's: what an image's digest is there isn't to be chosen.
  package init(
    _ image: Image, to reference: ImageReference, from store: Store, _ settings: RegistryClient.Settings,
    progress: Progress
  ) throws(Diagnostic) {
    guard case .tag = reference.selector else {
      throw Diagnostic(
        .usage, "an image is pushed to a tag, not to a digest",
        hints: ["name the release, as in \(reference.host)/\(reference.repository):v1"])
    }
    self.image = image
    self.reference = reference
    self.store = store
    self.settings = settings
    self.progress = progress
  }

  /// Pushes it. The tag comes last: who finds it finds all of the image.
  package func run() async throws -> Outcome {
    let sources = try MountSources(for: image, reference: reference, in: store)
    let client = try await RegistryClient.connect(
      reference, for: .push, mountingFrom: sources.repositories, settings)
    let packing = Packing(store: store)
    let manifest = try image.descriptor(in: store)
    let referrers = try referrers()
    let contents = image.manifest.layers + [image.machine.index, image.machine.initrd]
    var blobs = try await packed(contents, packing, client, sources)
    let layers = blobs.prefix(image.manifest.layers.count).map(\.descriptor)
    let lockfile = try descriptor(image.machine.lockfile, MediaType.lockfile)

    let packedManifest = try CanonicalDocument(
      ImageManifest(config: image.manifest.config, layers: layers), as: MediaType.imageManifest)
    let subject = packedManifest.descriptor
    let machine = try MachineArtifact.make(
      image, manifest: manifest, lockfile: lockfile, index: blobs[layers.count].descriptor,
      initrd: blobs[layers.count + 1].descriptor, about: subject)
    try store.publish(all: [Referrer.emptyConfiguration.bytes])
    for plain in [
      image.manifest.config, manifest, lockfile, image.machine.kernel, Referrer.emptyConfiguration.descriptor,
    ]
      + referrers.flatMap(\.referrer.layers)
    {
      blobs.append(
        OutgoingBlob(
          descriptor: plain, content: plain.digest, source: .file(try store.path(of: plain.digest))))
    }
    var outcome = Outcome(manifest: subject.digest)
    try await send(blobs, client, sources, &outcome)

    if try await !client.hasManifest(subject.digest) {
      try await client.put(packedManifest, as: .digest(subject.digest))
      outcome.bytes += subject.size
    }
    let moved = try referrers.map { named throws(Diagnostic) in
      try MovedReferrer.move(named.referrer, name: named.name, digest: named.digest, to: subject)
    }
    outcome.bytes += try await put([machine] + moved, about: subject, client)
    try await client.put(packedManifest, as: reference.selector)
    outcome.bytes += subject.size
    try store.update(
      Root(
        .image, image.digest.hexadecimal, digests: [image.digest],
        labels: [Root.recipeLabel: image.machine.recipe])
    ) { $0.places["\(reference.host)/\(reference.repository)"] = subject.digest }
    return outcome
  }

  private struct NamedReferrer {
    var name: String
    var digest: Digest
    var referrer: Referrer
  }

  private func referrers() throws(Diagnostic) -> [NamedReferrer] {
    try image.referrers(in: store).sorted { $0.key < $1.key }.map { name, digest throws(Diagnostic) in
      NamedReferrer(name: name, digest: digest, referrer: try image.referrer(digest, in: store))
    }
  }

  private func descriptor(_ digest: Digest, _ mediaType: String) throws(Diagnostic) -> Descriptor {
    let size = Int64(try store.read(digest, limit: 64 << 20).count)
    return Descriptor(mediaType: mediaType, digest: digest, size: size)
  }

  /// Finds out what `contents` are compressed to, and compresses those that the registry may lack.
  private func packed(
    _ contents: [Descriptor], _ packing: Packing, _ client: RegistryClient, _ sources: MountSources
  ) async throws -> [OutgoingBlob] {
    let found = try await contents.concurrentMap(limit: Self.parallel) { content -> OutgoingBlob? in
      guard let known = try packing.known(content) else { return nil }
      return try await OutgoingBlob(descriptor: known, content: content.digest, source: .present)
        .found(client, sources)
    }
    let missing = zip(contents, found).filter { $0.1 == nil }.map(\.0)
    guard !missing.isEmpty else { return found.compactMap(\.self) }
    let stage = progress.stage(
      "compressing", bytes: missing.reduce(0) { $0 + $1.size }, items: missing.count)
    defer { stage.finish() }
    let files = Dictionary(
      try await missing.concurrentMap { content in
        let packed = try packing.pack(content, stage)
        stage.advance(items: 1)
        return (content.digest, packed)
      }, uniquingKeysWith: { $1 })
    return zip(contents, found).compactMap { content, known in
      // Two of them may be the same bytes, of two types.
      known
        ?? files[content.digest].map { packed in
          OutgoingBlob(
            descriptor: packing.descriptor(content, packed.descriptor.digest, packed.descriptor.size),
            content: content.digest, source: .packed(packed))
        }
    }
  }

  private func send(
    _ blobs: [OutgoingBlob], _ client: RegistryClient, _ sources: MountSources, _ outcome: inout Outcome
  ) async throws {
    var seen: Set<Digest> = []
    let blobs = try await blobs.filter { seen.insert($0.descriptor.digest).inserted }
      .concurrentMap(limit: Self.parallel) { blob in
        // What was compressed before was asked for then.
        blob.file == nil ? blob : try await blob.found(client, sources) ?? blob
      }
    let missing = blobs.filter { $0.file != nil }
    for blob in blobs {
      switch blob.source {
      case .present: outcome.present += 1
      case .mounted: outcome.mounted += 1
      case .file, .packed:
        outcome.pushed += 1
        outcome.bytes += blob.descriptor.size
      }
    }
    guard !missing.isEmpty else { return }
    let stage = progress.stage(
      "pushing", bytes: missing.reduce(0) { $0 + $1.descriptor.size }, items: missing.count)
    defer { stage.finish() }
    _ = try await missing.concurrentMap(limit: Self.parallel) { blob in
      guard let file = blob.file else { return }
      var upload = BlobUpload(client, blob.descriptor.digest, file, size: blob.descriptor.size, stage)
      try await upload.run()
      stage.advance(items: 1)
    }
  }

  /// Stores what is said about the image, and has it listed.
  /// - Returns: how many bytes were sent.
  private func put(
    _ documents: [CanonicalDocument], about subject: Descriptor, _ client: RegistryClient
  ) async throws -> Int64 {
    let list = try await client.referrers(of: subject.digest)
    let missing = documents.filter { document in
      !list.descriptors.contains { $0.digest == document.descriptor.digest }
    }
    var bytes: Int64 = 0
    var isListed = list.isKeptByRegistry
    for document in missing {
      if try await client.put(document, as: .digest(document.descriptor.digest)) { isListed = true }
      bytes += document.descriptor.size
    }
    guard !isListed, !missing.isEmpty else { return bytes }
    let listed = try missing.map { document throws(Diagnostic) in try ReferrerList.entry(for: document) }
    return bytes + (try await client.list(listed, asReferrersOf: subject.digest))
  }
}
