/// What an attribute that overlayfs wrote into its upper folder means for a layer.
enum OverlayAttribute {
  /// The folder hides all below it.
  case opaque
  /// The overlay's own notes (`origin`, `impure`, `nlink`, `upper`, …), of no meaning elsewhere.
  case bookkeeping
  /// The entry isn't whole by itself.
  case unsupported

  /// nil where the attribute isn't the overlay's.
  init?(_ attribute: ExtendedAttribute) {
    let name = attribute.name[...]
    let prefix = ["trusted.overlay.", "user.overlay."].first { name.starts(with: $0.utf8) }
    guard let prefix else { return nil }
    switch String(decoding: name.dropFirst(prefix.utf8.count), as: UTF8.self) {
    // "x" marks a folder with whiteouts of another form, which only image makers write.
    case "opaque": self = attribute.value == [UInt8(ascii: "y")] ? .opaque : .unsupported
    case "redirect", "metacopy", "whiteout", "verity": self = .unsupported
    default: self = .bookkeeping
    }
  }
}

extension ExtendedAttribute {
  /// The name for a message.
  var text: String { String(decoding: name, as: UTF8.self) }
}

/// The names by which an OCI layer says that something is gone.
/// Source: the OCI image specification, layer.md, "Whiteouts".
enum Whiteout {
  static let prefix = Array(".wh.".utf8)
  static let opaque = Array(".wh..wh..opq".utf8)
}
