package import Essentials
import FoundationEssentials
package import Images
package import Storage
package import SystemPackage

/// An image's files, ready to be given to a virtual machine.
package struct BootImage: Sendable {
  /// The manifest's digest: the image's.
  package var digest: Digest
  package var machine: Machine
  package var kernel: FilePath
  package var initrd: FilePath
  package var index: FilePath
  /// Lowest first.
  package var layers: [FilePath]

  package init(
    digest: Digest, machine: Machine, kernel: FilePath, initrd: FilePath, index: FilePath, layers: [FilePath]
  ) {
    self.digest = digest
    self.machine = machine
    self.kernel = kernel
    self.initrd = initrd
    self.index = index
    self.layers = layers
  }

  /// The image `digest` of `store`, every blob of it checked.
  /// - Throws: `notAvailableOffline` where a part isn't stored; `verificationFailed` where one is damaged or no
  ///   machine image.
  package init(_ digest: Digest, in store: Store) throws(Diagnostic) {
    let manifest: ImageManifest = try Self.decode(
      store.read(digest), "the manifest of the image \(digest.short)")
    let configuration: ImageConfiguration = try Self.decode(
      store.read(manifest.config.digest), "the configuration of the image \(digest.short)")
    let machine = configuration.machine
    var layers: [FilePath] = []
    for layer in manifest.layers { layers.append(try store.path(of: layer.digest)) }
    self.init(
      digest: digest, machine: machine, kernel: try store.path(of: machine.kernel.digest),
      initrd: try store.path(of: machine.initrd.digest), index: try store.path(of: machine.index.digest),
      layers: layers)
  }

  private static func decode<Value: Decodable>(
    _ bytes: [UInt8], _ what: String
  ) throws(Diagnostic) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch {
      throw Diagnostic(
        .verificationFailed, "\(what) can't be read: it describes no machine that this program knows",
        hints: ["bake the image again with this version of hardtack"])
    }
  }
}
