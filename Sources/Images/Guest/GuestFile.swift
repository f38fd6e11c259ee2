/// A file, folder entry or link that every image gets, so that the machine it boots as can speak with its host.
package struct GuestFile: Sendable, Hashable {
  package enum Content: Sendable, Hashable {
    /// - Parameter mode: the permissions, as in `0o644`.
    case text(String, mode: UInt16)
    /// A symbolic link.
    case link(to: String)
  }

  /// Absolute, in the root tree; folders above it that are missing are root's, mode 0755.
  package var path: String
  package var content: Content

  init(_ path: String, _ text: String, mode: UInt16 = 0o644) {
    self.path = path
    content = .text(text, mode: mode)
  }

  init(_ path: String, link target: String) {
    self.path = path
    content = .link(to: target)
  }
}
