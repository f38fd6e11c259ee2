import Essentials
import Images
import Storage
import SystemPackage
import TestSupport

/// An image whose blobs are of the kinds that real ones are: layers that can be compressed and a kernel that can't.
struct SampleImage {
  let store: Store
  let digest: Digest

  var image: Image { get throws { try Image(digest, in: store) } }

  /// Makes one in `store`.
  /// - Parameters:
  ///   - application: another number gives another layer of the application, and another index.
  ///   - noise: so many bytes of the application's layer can't be compressed.
  init(in store: Store, application: UInt64 = 1, noise: Int = 0) async throws {
    self.store = store
    let layers = [
      try await Self.layer("os", seed: 100, files: 40, in: store),
      try await Self.layer("application", seed: application, files: 10, noise: noise, in: store),
    ]
    func blob(_ type: String, _ bytes: [UInt8]) throws -> Descriptor {
      Descriptor(mediaType: type, digest: try store.publish(bytes), size: Int64(bytes.count))
    }
    let lockfile = try store.publish(Array(#"{"lockfile":1}"#.utf8))
    let machine = Machine(
      recipe: "demo", lockfile: lockfile,
      index: try blob(MediaType.index, Self.text(seed: application &+ 1000, bytes: 300_000)),
      kernel: try blob(MediaType.kernel, Self.noise(seed: 7, bytes: 400_000)),
      initrd: try blob(MediaType.initrd, Self.text(seed: 8, bytes: 500_000)), commandLine: "", services: [],
      secrets: [], state: [], sanity: [])
    let configuration = ImageConfiguration(
      architecture: .amd64, config: .init(env: [], cmd: ["/sbin/init"]),
      rootfs: .init(diffIDs: layers.map(\.digest)), machine: machine)
    let manifest = ImageManifest(
      config: try store.publish(configuration, as: MediaType.imageConfiguration), layers: layers)
    let image = try store.publish(manifest, as: MediaType.imageManifest)
    digest = image.digest
    try store.publish(all: [Referrer.emptyConfiguration.bytes])
    let bill = Descriptor(mediaType: MediaType.spdx, digest: try store.publish(Array("{}".utf8)), size: 2)
    let said = try store.publish(Referrer(MediaType.spdx, bill, about: image), as: MediaType.imageManifest)
    var root = Root(
      .image, image.digest.hexadecimal, digests: [image.digest, lockfile], labels: [Root.recipeLabel: "demo"])
    root.refer("spdx", to: said.digest)
    try store.keep(root)
  }

  /// All that the image needs, as stored; what isn't stored is left out.
  func blobs(in other: Store) throws -> Set<Digest> {
    try other.needed(by: [.image]).filter { other.contains($0) }
  }

  private static func layer(
    _ name: String, seed: UInt64, files: Int, noise: Int = 0, in store: Store
  ) async throws -> Descriptor {
    let folder = try TemporaryFolder()
    for number in 0..<files {
      try DurableFile.write(
        text(seed: seed &* 1000 &+ UInt64(number), bytes: 50_000), to: folder.appending("file\(number)"))
    }
    if noise > 0 {
      _ = try await Command(
        "openssl", ["rand", "-out", folder.appending("noise").string, "\(noise)"]
      ).output()
    }
    let tar = try await Command(
      "tar",
      [
        "-C", folder.path.string, "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner",
        "-c", ".",
      ]
    ).output()
    return Descriptor(layer: name, digest: try store.publish(tar), size: Int64(tar.count))
  }

  private static func noise(seed: UInt64, bytes: Int) -> [UInt8] {
    var random = SplitMix(seed)
    var noise: [UInt8] = []
    while noise.count < bytes { withUnsafeBytes(of: random.next()) { noise += $0 } }
    return Array(noise.prefix(bytes))
  }

  private static func text(seed: UInt64, bytes: Int) -> [UInt8] {
    var random = SplitMix(seed)
    var text: [UInt8] = []
    while text.count < bytes { text += Array("word\(random.next() % 3000) ".utf8) }
    return Array(text.prefix(bytes))
  }
}
