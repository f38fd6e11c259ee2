import Essentials
import FoundationEssentials
import SystemPackage

/// The store's small JSON files: sorted keys, a version, and a checksum over all the rest.
///
/// Format: the JSON text of `{"checksum":…,"content":…,"record":KIND,"version":N}` in the form that the encoder
/// gives it, with a line feed at the end; `checksum` is the digest of the content's JSON text. A file with any other byte
/// than these is damaged.
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
    let seal = Array(#"{"checksum":"sha256:"#.utf8)
    let middle = Array(#"","content":"#.utf8)
    let end = Array(#","record":"\#(kind)","version":\#(version)}"#.utf8) + [UInt8(ascii: "\n")]
    let start = seal.count + 64 + middle.count
    // All but the content has one form only, and the content is what the checksum says: there is no byte that might be
    // another.
    guard bytes.count > start + end.count, bytes.starts(with: seal),
      bytes[(seal.count + 64)..<start].elementsEqual(middle), bytes.suffix(end.count).elementsEqual(end),
      let checksum = Digest(hexadecimal: String(decoding: bytes[seal.count..<seal.count + 64], as: UTF8.self))
    else { return nil }
    let content = bytes[start..<bytes.count - end.count]
    guard Digest(of: content) == checksum else { return nil }
    return try? JSONDecoder().decode(Content.self, from: Data(content))
  }
}
