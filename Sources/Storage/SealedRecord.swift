import Essentials
import FoundationEssentials
import SystemPackage

/// The store's small JSON files: sorted keys, a version, and a checksum over all the rest.
///
/// Format: the JSON text of `{"checksum":…,"content":…,"record":KIND,"version":N}` in the form that the encoder
/// gives it, with a line feed at the end; `checksum` is the digest of the content's JSON text. A file that isn't
/// exactly what its own content would be written as is damaged.
struct SealedRecord<Content: Codable>: Codable {
  private var checksum: Digest
  private var content: Content
  private var record: String
  private var version: Int

  private static func json(_ value: some Encodable) throws(Diagnostic) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return Array(try encoder.encode(value)) } catch {
      throw Diagnostic(.bug, "a record of the store can't be written as JSON: \(error)")
    }
  }

  /// The file's bytes.
  static func bytes(_ kind: String, version: Int, _ content: Content) throws(Diagnostic) -> [UInt8] {
    let record = Self(
      checksum: Digest(of: try json(content)), content: content, record: kind, version: version)
    return try json(record) + [UInt8(ascii: "\n")]
  }

  /// What the file's `bytes` hold, or nil where they're damaged or of another kind or version.
  static func content(_ kind: String, version: Int, of bytes: [UInt8]) -> Content? {
    guard let record = try? JSONDecoder().decode(Self.self, from: Data(bytes)), record.record == kind,
      record.version == version, let expected = try? Self.bytes(kind, version: version, record.content),
      expected == bytes
    else { return nil }
    return record.content
  }
}
