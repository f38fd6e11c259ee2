package import Essentials
package import Storage

/// A stored layer: an aligned tar, and the table of what is in it.
package struct Layer: Sendable, Hashable {
  package let name: String
  package let digest: Digest
  /// In bytes.
  package let size: Int64
  /// The blob that holds the layer's table.
  package let table: Digest
  /// The key of the action that makes it.
  package let key: ActionKey
  /// Whether this bake made it, rather than found it made.
  package let isNew: Bool

  init(name: String, digest: Digest, size: Int64, table: Digest, key: ActionKey, isNew: Bool) {
    self.name = name
    self.digest = digest
    self.size = size
    self.table = table
    self.key = key
    self.isNew = isNew
  }

  /// What an action recorded; nil where it isn't about a layer.
  init?(name: String, _ key: ActionKey, _ result: ActionResult) {
    guard let digest = result.outputs["layer"], let table = result.outputs["table"],
      let size = result.metadata["size"].flatMap(Int64.init)
    else { return nil }
    self.init(name: name, digest: digest, size: size, table: table, key: key, isNew: false)
  }

  var result: ActionResult {
    ActionResult(outputs: ["layer": digest, "table": table], metadata: ["size": String(size)])
  }
}
