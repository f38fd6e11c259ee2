import Essentials
import Images
import Storage

/// An image's layers, read from a store and joined.
struct ExportedTree {
  let tables: [LayerTable]
  let files: [MappedFile]
  let tree: ImageTree

  init(_ image: Image, in store: Store) throws(Diagnostic) {
    let layers = image.manifest.layers
    files = try layers.map { layer throws(Diagnostic) in try store.open(layer.digest) }
    tables = try zip(files, layers).map { file, layer throws(Diagnostic) in
      try LayerReader.table(of: file, name: "layer \(layer.layerName)")
    }
    tree = ImageTree(try MergedTree(tables), layers: layers.map(\.layerName), files: files)
  }

  var merged: MergedTree { tree.merged }
}
