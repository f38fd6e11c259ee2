package import Essentials
package import SystemPackage

/// Reads layers back: what is in them, and their trees.
package enum LayerReader {
  /// The table of a layer, found by reading its tar.
  /// - Parameter name: what messages call it.
  /// - Throws: `verificationFailed` where it isn't a tar of a tree, holds a path that leaves the tree or one
  ///   that stands twice, or something that isn't understood.
  package static func table(of layer: MappedFile, name: String) throws(Diagnostic) -> LayerTable {
    try layer.withBytes { bytes throws(Diagnostic) in
      var reader = TarReader(bytes, name: name)
      var builder = LayerTableBuilder(name: name)
      while let item = try reader.next() { try builder.add(item) }
      return try builder.finish(layerSize: Int64(bytes.count))
    }
  }

  /// Unpacks a layer's tree in the form of an overlay's upper folder: owners, modes, times, extended
  /// attributes, devices and hard links as they were packed, whiteouts as devices 0:0.
  ///
  /// Folders that are there are joined, other entries replaced; no link is followed, so nothing outside of
  /// `root` is touched.
  /// - Throws: where the tar isn't as it must be, or something can't be made; `root` then holds a part.
  package static func unpack(_ layer: MappedFile, name: String, into root: FilePath) throws(Diagnostic) {
    let table = try table(of: layer, name: name)
    let unpacking = TreeUnpacking(table, root)
    try layer.withBytes { bytes throws(Diagnostic) in try unpacking.run(bytes) }
  }
}
