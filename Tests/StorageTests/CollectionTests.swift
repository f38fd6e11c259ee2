import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct CollectionTests {
  let folder: TemporaryFolder
  let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
  }

  /// Publishes through a store object that is gone at once, and its lease with it.
  private func publish(_ text: String) throws -> Digest {
    try Store(at: store.root, creating: false).publish(Array(text.utf8))
  }

  private func image(_ name: String) throws -> (manifest: Digest, config: Digest, layer: Digest) {
    let layer = try publish("layer of \(name)")
    let index = try publish("index of \(name)")
    let config = try publish(#"{"index": "\#(index)"}"#)
    let manifest = try publish(
      #"{"config":{"digest":"\#(config)"},"layers":[{"digest":"\#(layer)"}]}"#)
    return (manifest, config, layer)
  }

  @Test func `keeps what roots, names and leases reach, and nothing else`() throws {
    let garbage = try publish("garbage")
    let rooted = try image("rooted")
    let tagged = try image("tagged")
    let held = try publish("held")
    let artifact = try publish("artifact")
    let absent = Digest(of: "not fetched yet")
    try Store(at: store.root, creating: false).keep(Root(.image, "rooted", digests: [rooted.manifest]))
    try Store(at: store.root, creating: false).keep(Root(.lockfile, "lock", digests: [artifact, absent]))
    let size = try #require(store.size(of: tagged.manifest))
    try store.tag(Tag("release", mediaType: "x/y", digest: tagged.manifest, size: size))
    try store.hold([held])

    let dry = try store.collect(dryRun: true)
    #expect(dry.blobs == 1)
    #expect(dry.bytes == 7)
    #expect(store.contains(garbage))
    #expect(try store.collect() == dry)
    #expect(!store.contains(garbage))
    for digest in [rooted.layer, rooted.config, tagged.layer, tagged.manifest, held, artifact] {
      #expect(store.contains(digest))
    }
    // Two images of four blobs each, the held one and the artifact.
    #expect(try store.blobs().count == 10)
  }

  @Test func `keeps what was just published, until its publisher is gone`() throws {
    var publisher: Store? = try Store(at: store.root, creating: false)
    let digest = try #require(try publisher?.publish([1]))
    #expect(try store.collect().blobs == 0)
    publisher = nil
    #expect(try store.collect().blobs == 1)
    #expect(!store.contains(digest))
  }

  @Test func `removes nothing where a root is damaged`() throws {
    let digest = try publish("kept")
    try Store(at: store.root, creating: false).keep(Root(.lockfile, "lock", digests: [digest]))
    let roots = store.root.pushing("roots/lockfile")
    let path = roots.appending(try #require(try IngestTests.names(in: roots).first))
    let good = try DurableFile.read(path)
    for index in good.indices {
      var bad = good
      bad[index] ^= 1
      try bad.withUnsafeBytes { bytes in
        let file = try FileDescriptor.open(path, .writeOnly, options: .truncate)
        try file.closeAfter { _ = try file.writeAll(bytes) }
      }
      let error = #expect(throws: Diagnostic.self) { try store.collect() }
      #expect(error?.category == .verificationFailed)
      #expect(store.contains(digest))
    }
  }

  @Test func `removes nothing where an image's manifest is missing or damaged`() throws {
    let image = try image("broken")
    try Store(at: store.root, creating: false).keep(Root(.image, "broken", digests: [image.manifest]))
    let path = try store.path(of: image.manifest)
    #expect(chmod(path.string, 0o644) == 0)
    #expect(truncate(path.string, 5) == 0)
    // Damaged at first, then in quarantine and so missing.
    for _ in 0..<2 {
      #expect(throws: Diagnostic.self) { try store.collect() }
      #expect(store.contains(image.layer))
    }
  }

  @Test func `drops all but the newest images that nothing names`() throws {
    for number in 1...4 {
      let image = try image("image \(number)")
      try Store(at: store.root, creating: false).keep(
        Root(.image, "image \(number)", digests: [image.manifest]))
    }
    let first = try #require(try store.root(.image, "image 1"))
    try Store(at: store.root, creating: false).keep(Root(.pool, "pool", digests: first.digests))
    #expect(try store.collect(keep: 1).images == 2)
    #expect(try store.roots().filter { $0.kind == .image }.map(\.name) == ["image 1", "image 4"])
    #expect(try store.blobs().count == 8)
  }

  @Test func `counts each recipe's images by themselves`() throws {
    for number in 1...6 {
      let image = try image("image \(number)")
      try Store(at: store.root, creating: false).keep(
        Root(
          .image, "image \(number)", digests: [image.manifest],
          labels: [Root.recipeLabel: number.isMultiple(of: 2) ? "even" : "odd"]))
    }
    #expect(try store.collect(keep: 2).images == 2)
    #expect(try store.roots().map(\.name) == ["image 3", "image 4", "image 5", "image 6"])
  }

  @Test func `removes nothing where an image's configuration is missing`() throws {
    let image = try image("broken")
    try Store(at: store.root, creating: false).keep(Root(.image, "broken", digests: [image.manifest]))
    unlink(try store.path(of: image.config).string)
    let error = #expect(throws: Diagnostic.self) { try store.collect() }
    #expect(error?.message.contains("the image 'broken' needs \(image.config)") == true)
    #expect(store.contains(image.layer))
  }

  @Test func `tells what is missing, and who needs it`() throws {
    let image = try image("broken")
    let absent = Digest(of: "not fetched yet")
    let root = Root(.image, "broken", digests: [image.manifest])
    let size = try #require(store.size(of: image.manifest))
    try store.keep(root)
    try store.tag(Tag("v1", mediaType: "x/y", digest: image.manifest, size: size))
    try store.keep(Root(.lockfile, "locked", digests: [absent]))
    #expect(try store.losses() == [])
    unlink(try store.path(of: image.layer).string)
    let fetched = Root(.lockfile, "fetched", digests: [absent], labels: [Root.fetchedLabel: "\(absent)"])
    try store.keep(fetched)
    let losses = try store.losses()
    #expect(losses.map(\.digest) == [image.layer, absent].sorted())
    for loss in losses {
      #expect(loss.roots == [loss.digest == absent ? fetched : root])
      #expect(loss.releases == (loss.digest == absent ? [] : ["v1"]))
    }
  }

  @Test func `spares the image that a bake has recorded and not yet named`() throws {
    let image = try image("new")
    var bake: Store? = try Store(at: store.root, creating: false)
    try bake?.keep(Root(.image, "new", digests: [image.manifest]))
    #expect(try store.collect(keep: 0).images == 0)
    #expect(try store.root(.image, "new") != nil)
    bake = nil
    let collection = try store.collect(keep: 0)
    #expect(collection.images == 1)
    #expect(collection.blobs == 4)
    #expect(try store.root(.image, "new") == nil)
  }

  @Test func `tells what stays to whoever collects with it`() throws {
    let (garbage, kept) = (try publish("garbage"), try publish("kept"))
    try store.keep(Root(.lockfile, "lock", digests: [kept]))
    var answers: [Bool] = []
    _ = try store.collect(dryRun: true) { stays in answers = [garbage, kept].map(stays) }
    #expect(answers == [false, true])
  }

  @Test func `counts what each root holds alone`() throws {
    let shared = try publish("shared")
    let alone = try publish("alone!")
    try store.publish(Array("garbage".utf8))
    try store.keep(Root(.lockfile, "a", digests: [shared, alone]))
    try store.keep(Root(.lockfile, "b", digests: [shared]))
    let statistics = try store.statistics()
    #expect(statistics.blobs == 3)
    #expect(statistics.bytes == 19)
    #expect(statistics.unreached == 7)
    #expect(statistics.shares.map(\.bytes) == [12, 6])
    #expect(statistics.shares.map(\.alone) == [6, 0])
    // This process holds all that it published.
    #expect(statistics.collectable == 0)
  }
}
