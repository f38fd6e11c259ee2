import Essentials
import Storage

/// The layers of an image with their tables, read when they're first asked for: most bakes that change nothing don't.
final class JoinedLayers {
  let layers: [Layer]
  private let store: Store
  private var tables: [LayerTable]?
  private var merged: MergedTree?
  private var read: ImageTree?

  init(_ layers: [Layer], in store: Store) {
    self.layers = layers
    self.store = store
  }

  func table(of index: Int) throws(Diagnostic) -> LayerTable { try allTables()[index] }

  func mergedTree() throws(Diagnostic) -> MergedTree {
    if let merged { return merged }
    let made = try MergedTree(try allTables())
    merged = made
    return made
  }

  func tree() throws(Diagnostic) -> ImageTree {
    if let read { return read }
    let files = try layers.map { layer throws(Diagnostic) in try store.open(layer.digest) }
    let tree = ImageTree(try mergedTree(), layers: layers.map(\.name), files: files)
    read = tree
    return tree
  }

  private func allTables() throws(Diagnostic) -> [LayerTable] {
    if let tables { return tables }
    let read = try layers.map { layer throws(Diagnostic) in
      let bytes = try store.read(layer.table, limit: 1 << 30)
      return try LayerTable(parsing: bytes, name: "the table of layer \(layer.name)")
    }
    tables = read
    return read
  }
}
