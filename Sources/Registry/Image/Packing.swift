import Essentials
import Images
import Storage
import SystemPackage

/// The compressed form of blobs, in which they travel.
///
/// The store has layers as they are, since machines and runs of `bake` read them so; over a network that would be several
/// times as much. What a blob was compressed to is remembered as long as the blob stays, so that it need not be done
/// again to see that a registry has it, and so that another release of the library doesn't give it another name.
struct Packing: Sendable {
  /// A compressed blob, on the disk for as long as this object lives.
  final class Packed: Sendable {
    let descriptor: Descriptor
    let file: FilePath
    // Sealed: it's only kept, so that the file stays.
    private nonisolated(unsafe) let ingest: Ingest

    fileprivate init(_ descriptor: Descriptor, _ file: FilePath, _ ingest: Ingest) {
      self.descriptor = descriptor
      self.file = file
      self.ingest = ingest
    }
  }

  private static let suffix = "+zstd"

  let store: Store

  private func key(_ content: Descriptor) -> ActionKey {
    ActionKey("pack", version: 1, inputs: ["content": content.digest])
  }

  /// What `content` is known to be compressed to.
  func known(_ content: Descriptor) throws(Diagnostic) -> Descriptor? {
    guard let found = try store.action(for: key(content))?.metadata,
      let digest = found["digest"].flatMap({ Digest($0) }), let size = found["size"].flatMap({ Int64($0) })
    else { return nil }
    return descriptor(content, digest, size)
  }

  /// Remembers what `content`, which is stored, is compressed to.
  func remember(_ content: Descriptor, as packed: Descriptor) throws(Diagnostic) {
    // The content counts as what came out, so that the record goes when it goes.
    try store.record(
      key(content),
      ActionResult(
        outputs: ["content": content.digest],
        metadata: ["digest": "\(packed.digest)", "size": "\(packed.size)"]))
  }

  /// Compresses `content`.
  func pack(_ content: Descriptor, _ stage: Progress.Stage) throws(Diagnostic) -> Packed {
    let ingest = try store.ingest()
    try store.open(content.digest).withBytes { bytes throws(Diagnostic) in
      try ZstandardWriter.compress(bytes, into: ingest) { stage.advance(bytes: $0) }
    }
    let size = ingest.count
    let (digest, file) = try ingest.seal()
    let packed = descriptor(content, digest, size)
    try remember(content, as: packed)
    return Packed(packed, file, ingest)
  }

  /// How a registry calls `content` in its compressed form.
  func descriptor(_ content: Descriptor, _ digest: Digest, _ size: Int64) -> Descriptor {
    Descriptor(
      mediaType: content.mediaType + Self.suffix, digest: digest, size: size, annotations: content.annotations
    )
  }

  /// Whether a descriptor's blob is compressed so.
  static func isPacked(_ descriptor: Descriptor) -> Bool { descriptor.mediaType.hasSuffix(suffix) }
}
