package import Essentials

/// A version as dpkg understands it: `[EPOCH:]UPSTREAM[-REVISION]`.
///
/// Order and equality are dpkg's (deb-version(7)): `1.0`, `0:1.0` and `1.0-0` are equal though their texts
/// differ, and `~` sorts before everything, even the end.
package struct DebianVersion: Sendable, CustomStringConvertible {
  /// As it was written.
  package let text: String

  /// The version that `text` spells, or nil where it isn't one.
  ///
  /// Refused is what dpkg refuses in a package's control file; a version that starts with a letter passes,
  /// as there.
  package init?(_ text: some StringProtocol) {
    guard VersionParts.fault(in: Array(text.utf8)) == nil else { return nil }
    self.text = String(text)
  }

  /// The version that `text` spells.
  /// - Throws: what's wrong with it, in dpkg's words.
  package init(parsing text: String) throws(Diagnostic) {
    if let fault = VersionParts.fault(in: Array(text.utf8)) {
      throw Diagnostic(.verificationFailed, "'\(text)' is no Debian version: \(fault)")
    }
    self.text = text
  }

  package var description: String { text }

  /// 0 where none is written.
  package var epoch: Int { withParts { Int($0.epoch) } }

  /// Without epoch and revision.
  package var upstream: String { withParts { $0.upstream.text } }

  /// Behind the last hyphen; nil where there is none.
  package var revision: String? { withParts { $0.revision?.text } }

  func withParts<Result>(_ body: (VersionParts) -> Result) -> Result {
    var text = text
    return text.withUTF8 { body(VersionParts($0[...])) }
  }
}

extension DebianVersion: Comparable {
  package static func == (a: DebianVersion, b: DebianVersion) -> Bool {
    a.text == b.text || a.compare(b) == 0
  }

  package static func < (a: DebianVersion, b: DebianVersion) -> Bool { a.compare(b) < 0 }

  /// Negative where this is lower than `other`, 0 where dpkg takes them for equal, else positive.
  package func compare(_ other: DebianVersion) -> Int {
    withParts { mine in other.withParts { mine.compare($0) } }
  }
}

extension DebianVersion: Hashable {
  package func hash(into hasher: inout Hasher) {
    withParts { $0.hash(into: &hasher) }
  }
}
