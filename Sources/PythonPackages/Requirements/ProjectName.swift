/// The name of a Python project, an extra or a dependency group, in its normalised form.
///
/// Source: the PyPA specification "Names and normalization" (PEP 503, PEP 685, PEP 735): ASCII letters, digits, `.`,
/// `_` and `-`, beginning and ending with a letter or digit; compared in lower case with every run of `.`,
/// `_` and `-` as one `-`.
package struct ProjectName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The normalised text: `django`, `zope-interface`.
  package let description: String

  /// The longest name taken, in bytes.
  static let limit = 200

  /// The name that `text` spells, in whatever case and with whatever separators, or nil where it's none.
  package init?(_ text: some StringProtocol) {
    var normal: [UInt8] = []
    normal.reserveCapacity(text.utf8.count)
    var pending = false
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        if pending { normal.append(UInt8(ascii: "-")) }
        pending = false
        normal.append(byte >= 65 && byte <= 90 ? byte | 0x20 : byte)
      case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        guard !normal.isEmpty else { return nil }
        pending = true
      default:
        return nil
      }
      guard normal.count <= Self.limit else { return nil }
    }
    guard !normal.isEmpty, !pending else { return nil }
    description = String(decoding: normal, as: UTF8.self)
  }

  package static func < (a: ProjectName, b: ProjectName) -> Bool { a.description < b.description }
}
