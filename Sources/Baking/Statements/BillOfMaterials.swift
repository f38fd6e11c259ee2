import Essentials
import Images
import Lockfiles

/// What an image is made of: the same whatever its application, so images that share packages and wheels share it.
struct BillOfMaterials {
  /// The recipe's.
  let name: String
  /// The lockfile's epoch, in seconds since 1970.
  let created: Int64
  let components: [Component]

  /// The version of the documents' form: it grows whenever the same components give other bytes.
  static let version = 1

  /// A UUID of version 8 (RFC 9562) that follows from what is in it.
  /// - Parameter form: the document's.
  func identifier(_ form: String) -> String {
    let lines = components.map { "\($0.url) \($0.digest?.hexadecimal ?? "-")" }
    let text = "hardtack bill \(Self.version) \(form) \(name) \(created)\n" + lines.joined(separator: "\n")
    return Identifier(of: text).description
  }

  /// The dependencies of a component that are components too.
  func dependencies(of component: Component) -> [Component] {
    component.dependencies.compactMap { byName[component.kind]?[$0] }
  }

  private let byName: [Component.Kind: [String: Component]]

  init(name: String, created: Int64, components: [Component]) {
    self.name = name
    self.created = created
    self.components = components
    byName = Dictionary(grouping: components, by: \.kind).mapValues { list in
      Dictionary(list.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
  }
}

/// A UUID of version 8 (RFC 9562) that follows from a text.
struct Identifier: CustomStringConvertible {
  /// In the order of RFC 9562.
  let bytes: [UInt8]

  init(of text: String) {
    var bytes = Array(Digest(of: text).bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0f | 0x80
    bytes[8] = bytes[8] & 0x3f | 0x80
    self.bytes = bytes
  }

  var description: String {
    let digits = Array(Hexadecimal.text(bytes))
    let ends = [8, 12, 16, 20, 32]
    return zip([0] + ends, ends).map { String(digits[$0..<$1]) }.joined(separator: "-")
  }
}
