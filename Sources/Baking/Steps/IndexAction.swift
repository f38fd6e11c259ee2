import Essentials
import Images
import Storage

/// The EROFS metadata that joins an image's layers into one root tree.
struct IndexAction {
  let joined: JoinedLayers

  private var key: ActionKey {
    ActionKey(
      "index", version: IndexWriter.version,
      parameters: ["layers": joined.layers.map { "\($0.digest) \($0.table)" }.joined(separator: "\n")])
  }

  func run(_ context: BakeContext) throws -> Descriptor {
    if let known = try context.store.descriptor(of: key, MediaType.index) { return known }
    let stage = context.progress.stage("writing the index")
    defer { stage.finish() }
    let tree = try joined.mergedTree()
    let layers = zip(tree.tables, joined.layers).map { (table: $0, digest: $1.digest, size: $1.size) }
    let ingest = try context.store.ingest()
    try IndexWriter.write(layers, joinedAs: tree, to: ingest)
    return try context.store.record(key, ingest, MediaType.index)
  }
}

extension Store {
  /// The one blob that an action made, where it was done before.
  func descriptor(of key: ActionKey, _ mediaType: String) throws(Diagnostic) -> Descriptor? {
    guard let digest = try action(for: key)?.outputs["blob"], let size = size(of: digest) else { return nil }
    return Descriptor(mediaType: mediaType, digest: digest, size: size)
  }

  /// Publishes the one blob that an action made and records it.
  func record(_ key: ActionKey, _ ingest: Ingest, _ mediaType: String) throws(Diagnostic) -> Descriptor {
    let size = ingest.count
    let digest = try ingest.commit()
    try record(key, ActionResult(outputs: ["blob": digest]))
    return Descriptor(mediaType: mediaType, digest: digest, size: size)
  }

  /// Publishes the one blob that an action made and records it.
  func record(_ key: ActionKey, _ bytes: [UInt8], _ mediaType: String) throws(Diagnostic) -> Descriptor {
    let ingest = try ingest()
    try ingest.write(bytes)
    return try record(key, ingest, mediaType)
  }
}
