import Essentials
import FoundationEssentials
import Images
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Registry

/// Against Debian's docker-registry.
@Suite struct PushTests {
  let rig: RegistryRig

  init() async throws { rig = try await RegistryRig() }

  @Test func `what is pulled is what was pushed, blob for blob`() async throws {
    let sample = try await SampleImage(in: try rig.store("a"))
    let pushed = try await rig.push(sample, "team/demo:v1")
    let other = try rig.store("b")
    let pulled = try await rig.pull("team/demo:v1", into: other)
    #expect(pulled.image == sample.digest && pulled.manifest == pushed.manifest)
    #expect(pulled.referrers == ["spdx"])
    #expect(try sample.blobs(in: other) == sample.blobs(in: sample.store))
    #expect(try await other.verify(Progress(style: .quiet)).isSound)
    #expect(try other.losses().isEmpty)
    let image = try Image(pulled.image, in: other)
    #expect(try image.referrers(in: other) == sample.image.referrers(in: sample.store))
    // By the digest that it has there, too; and with nothing to fetch.
    let before = rig.proxy.log.count
    #expect(try await rig.pull("team/demo@\(pushed.manifest)", into: other).image == sample.digest)
    #expect(!rig.proxy.log.dropFirst(before).contains { $0.path.contains("/blobs/") })
  }

  @Test func `sends what the repository lacks, and nothing else`() async throws {
    let store = try rig.store("a")
    let one = try await SampleImage(in: store)
    _ = try await rig.push(one, "demo:v1")
    var before = rig.proxy.log.count
    let again = try await rig.push(one, "demo:v1")
    #expect(again.pushed == 0 && again.mounted == 0)
    // The manifest that the tag is given.
    #expect(rig.proxy.sent(from: before) == again.bytes && again.bytes < 1000)

    let two = try await SampleImage(in: store, application: 2)
    before = rig.proxy.log.count
    let outcome = try await rig.push(two, "demo:v2")
    let sent = rig.proxy.sent(from: before)
    #expect(outcome.bytes == sent)
    // The application's layer, the index, the configuration and the manifest as a blob.
    #expect(outcome.pushed == 4)
    let image = try two.image
    var bar = 0.0
    for digest in [image.manifest.layers[1].digest, image.machine.index.digest] {
      let path = try store.path(of: digest)
      bar += Double(try await Command("zstd", ["-q", "-3", "-c", path.string]).output().count)
    }
    let manifests = rig.proxy.log.dropFirst(before).filter {
      $0.method == "PUT" && $0.path.contains("/manifests/")
    }
    bar += Double(manifests.reduce(0) { $0 + $1.bytes })
    let documents = [image.manifest.config.digest, image.digest].compactMap { store.size(of: $0) }.reduce(
      0, +)
    bar += Double(documents)
    #expect(Double(sent) <= 1.05 * bar, "\(sent) bytes, the bar is \(bar)")
  }

  @Test func `takes blobs from another repository there`() async throws {
    let store = try rig.store("a")
    let one = try await SampleImage(in: store)
    _ = try await rig.push(one, "demo:v1")
    let before = rig.proxy.log.count
    let outcome = try await rig.push(try await SampleImage(in: store, application: 2), "fork:v1")
    // The system's layer, kernel and initrd.
    #expect(outcome.mounted == 3)
    #expect(rig.proxy.sent(from: before) == outcome.bytes)
  }

  @Test func `skopeo reads what was pushed`() async throws {
    let sample = try await SampleImage(in: try rig.store("a"))
    let pushed = try await rig.push(sample, "demo:v1")
    let place = "docker://\(rig.proxy.host)/demo:v1"
    let inspected = try await Command("skopeo", ["inspect", "--tls-verify=false", place]).output()
    #expect(String(decoding: inspected, as: UTF8.self).contains("\"Digest\": \"\(pushed.manifest)\""))
    let copy = rig.folder.appending("copy")
    _ = try await Command(
      "skopeo",
      ["copy", "--quiet", "--src-tls-verify=false", "--preserve-digests", place, "oci:\(copy):v1"]
    ).output()
    for (packed, layer) in zip(
      try await manifest(pushed.manifest).layers, try sample.image.manifest.layers)
    {
      let file = copy.pushing(FilePath("blobs/sha256/\(packed.digest.hexadecimal)"))
      #expect(
        Digest(of: try await Command("zstd", ["-q", "-d", "-c", file.string]).output()) == layer.digest)
    }
  }

  private func manifest(_ digest: Digest) async throws -> ImageManifest {
    let store = try rig.store("copy-of-manifest")
    _ = try await rig.pull("demo@\(digest)", into: store)
    let client = try await RegistryClient.connect(
      try ImageReference("\(rig.proxy.host)/demo@\(digest)"), for: .pull, rig.settings)
    let found = try #require(try await client.manifest(.digest(digest)))
    return try JSONDecoder().decode(ImageManifest.self, from: Data(found.bytes))
  }

  @Test func `a registry's own collection takes nothing away`() async throws {
    let sample = try await SampleImage(in: try rig.store("a"))
    _ = try await rig.push(sample, "demo:v1")
    try await rig.registry.collectGarbage()
    let other = try rig.store("b")
    _ = try await rig.pull("demo:v1", into: other)
    #expect(try other.losses().isEmpty)
  }

  @Test func `a signature that is made later goes along`() async throws {
    let sample = try await SampleImage(in: try rig.store("a"))
    _ = try await rig.push(sample, "demo:v1")
    let key = rig.folder.appending("sign.key")
    _ = try await Command("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key.string]).output()
    try ImageSignature.sign(try sample.image, with: try Ed25519Key(key, .secret), in: sample.store)
    let again = try await rig.push(sample, "demo:v1")
    #expect(again.pushed == 1)
    let other = try rig.store("b")
    let pulled = try await rig.pull("demo:v1", into: other)
    #expect(pulled.referrers.count == 2)
    try ImageSignature.verify(
      try Image(pulled.image, in: other), with: try Ed25519Key(key, .secret), in: other)
  }
}
