package import Essentials
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

  /// The files of an image of `store`, each checked against its digest.
  /// - Throws: `notAvailableOffline` where a part isn't stored; `verificationFailed` where one is damaged.
  package init(_ image: Image, in store: Store) throws(Diagnostic) {
    let machine = image.machine
    var layers: [FilePath] = []
    for layer in image.manifest.layers { layers.append(try store.path(of: layer.digest)) }
    self.init(
      digest: image.digest, machine: machine, kernel: try store.path(of: machine.kernel.digest),
      initrd: try store.path(of: machine.initrd.digest), index: try store.path(of: machine.index.digest),
      layers: layers)
  }
}
