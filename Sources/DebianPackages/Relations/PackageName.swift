/// The name of a Debian package, real or virtual.
///
/// The rule is dpkg's (`pkg_name_is_illegal`): a letter or a digit, then letters, digits, `-`, `+`, `.`
/// and `_`. It keeps a name usable as a file's name.
package struct PackageName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let text: String

  /// The name that `text` spells, or nil where it isn't one.
  package init?(_ text: some StringProtocol) {
    guard Self.isName(text.utf8) else { return nil }
    self.text = String(text)
  }

  /// The name that `bytes` spell, or nil where they aren't one.
  package init?(_ bytes: some Collection<UInt8>) {
    guard Self.isName(bytes) else { return nil }
    text = String(decoding: bytes, as: UTF8.self)
  }

  package var description: String { text }

  package static func < (a: PackageName, b: PackageName) -> Bool { a.text < b.text }

  /// Longer names than this stand in no archive.
  private static let longest = 255

  static func isName(_ bytes: some Collection<UInt8>) -> Bool {
    guard let first = bytes.first, first.isAlphanumeric, bytes.count <= longest else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "_"): true
      default: byte.isAlphanumeric
      }
    }
  }
}
