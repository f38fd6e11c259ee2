import Essentials
import FoundationEssentials

/// The file `index.json` of an OCI image layout.
///
/// Source: OCI image specification 1.1, image-layout.md and image-index.md.
struct ImageIndex: Codable {
  static let empty =
    #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#
  static let tagKey = "org.opencontainers.image.ref.name"

  struct Entry: Codable {
    var mediaType: String
    var digest: Digest
    var size: Int64
    var annotations: [String: String]?

    var tag: String? { annotations?[ImageIndex.tagKey] }
  }

  var schemaVersion: Int
  var mediaType: String?
  var manifests: [Entry]

  init(_ bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(bytes))
  }

  func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}
