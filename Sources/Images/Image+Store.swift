package import Essentials
import FoundationEssentials
package import Storage

extension Store {
  /// Publishes a document of an image as canonical JSON: keys sorted, no white space.
  package func publish(_ document: some Encodable, as mediaType: String) throws(Diagnostic) -> Descriptor {
    let document = try CanonicalDocument(document, as: mediaType)
    try publish(document.bytes)
    return document.descriptor
  }
}

/// A document as canonical JSON, keys sorted and without white space, and what describes it.
package struct CanonicalDocument: Sendable {
  package let bytes: [UInt8]
  package let descriptor: Descriptor

  /// - Parameter mediaType: what it is.
  package init(_ document: some Encodable, as mediaType: String) throws(Diagnostic) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      self.init(bytes: Array(try encoder.encode(document)), as: mediaType)
    } catch {
      throw Diagnostic(.bug, "a \(mediaType) can't be written as JSON: \(error)")
    }
  }

  /// A document that is written already.
  package init(bytes: [UInt8], as mediaType: String) {
    self.bytes = bytes
    descriptor = Descriptor(mediaType: mediaType, digest: Digest(of: bytes), size: Int64(bytes.count))
  }
}

/// An image, read from a store.
package struct Image: Sendable {
  package let digest: Digest
  package let manifest: ImageManifest
  package let configuration: ImageConfiguration

  package var machine: Machine { configuration.machine }

  /// Reads the image's manifest and configuration.
  /// - Throws: where the image isn't stored, or isn't one of a machine.
  package init(_ digest: Digest, in store: Store) throws(Diagnostic) {
    self.digest = digest
    manifest = try Self.decode(try store.read(digest, limit: 4 << 20), "image \(digest.short)")
    configuration = try Self.decode(
      try store.read(manifest.config.digest, limit: 16 << 20), "the configuration of image \(digest.short)")
  }

  /// Reads the image that a person names: by a release's name, by its digest, or by the digest's first digits, six at
  /// least.
  /// - Throws: where there is none, with the nearest names, or more than one.
  package static func find(_ name: String, in store: Store) throws(Diagnostic) -> Image {
    let tags = try store.tags()
    if let tag = tags.last(where: { $0.name == name }) { return try Image(tag.digest, in: store) }
    if let digest = Digest(name) ?? Digest(hexadecimal: name) { return try Image(digest, in: store) }
    let prefix = name.hasPrefix("sha256:") ? String(name.dropFirst(7)) : name
    if prefix.count >= 6, prefix.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
      let known = Set(
        try store.roots().filter { $0.kind == .image }.map(\.name) + tags.map(\.digest.hexadecimal))
      let found = known.filter { $0.hasPrefix(prefix) }.sorted()
      if found.count > 1 {
        throw Diagnostic(
          .usage, "'\(name)' can be any of \(found.count) images", hints: ["give more digits of the digest"])
      }
      if let digest = found.first.flatMap({ Digest(hexadecimal: $0) }) { return try Image(digest, in: store) }
    }
    let hint =
      NearestName.hint(for: name, among: tags.map(\.name))
      ?? (tags.isEmpty
        ? "bake one: hardtack bake RECIPE --release NAME"
        : "the releases in this store are " + tags.map(\.name).joined(separator: ", "))
    throw Diagnostic(.usage, "there is no image or release '\(name)' in the store", hints: [hint])
  }

  private static func decode<Document: Decodable>(_ bytes: [UInt8], _ name: String) throws(Diagnostic)
    -> Document
  {
    do {
      return try JSONDecoder().decode(Document.self, from: Data(bytes))
    } catch {
      throw Diagnostic(
        .verificationFailed, "\(name) isn't one that this version of hardtack can read",
        notes: ["  \(error)"], hints: ["bake it anew with this version"])
    }
  }
}
