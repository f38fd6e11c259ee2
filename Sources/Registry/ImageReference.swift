package import Essentials

/// Where an image is in a registry: `registry.example:5000/team/logic:v1`, or with `@sha256:…` in the tag's place.
///
/// Source: OCI distribution specification 1.1, "Pulling manifests", for repositories' names and tags.
package struct ImageReference: Sendable, Hashable, CustomStringConvertible {
  /// What of the repository is meant.
  package enum Selector: Sendable, Hashable {
    case tag(String)
    case digest(Digest)

    /// As it stands in an address.
    var text: String {
      switch self {
      case .tag(let tag): tag
      case .digest(let digest): digest.description
      }
    }
  }

  /// The registry: host and, where one is given, port.
  package let host: String
  package let repository: String
  package let selector: Selector

  /// - Throws: `usage` where `text` is no such reference; nothing is added to it by guess, neither a registry nor a tag.
  package init(_ text: String) throws(Diagnostic) {
    func refused(_ reason: String, _ hint: String) -> Diagnostic {
      Diagnostic(.usage, "'\(text.prefix(300))' is no image in a registry: \(reason)", hints: [hint])
    }
    let form = "write it as registry.example/team/logic:v1"
    guard !text.contains("://") else { throw refused("it has a scheme", form + ", without one") }
    guard let slash = text.firstIndex(of: "/") else { throw refused("it names no registry", form) }
    let host = String(text[..<slash])
    guard host.contains(".") || host.contains(":") || host == "localhost", Self.isHost(host) else {
      throw refused("'\(host)' is no registry's host", form)
    }
    var name = text[text.index(after: slash)...]
    if let at = name.firstIndex(of: "@") {
      let digest = name[name.index(after: at)...]
      guard let digest = Digest(digest) else {
        throw refused("'\(digest)' is no digest", "write sha256: and 64 lower-case hexadecimal digits")
      }
      selector = .digest(digest)
      name = name[..<at]
    } else {
      guard let colon = name.lastIndex(of: ":") else {
        throw refused("it has no tag", "name the release, as in \(text):v1")
      }
      let tag = String(name[name.index(after: colon)...])
      guard Self.isTag(tag) else {
        throw refused(
          "'\(tag)' is no tag",
          "a tag has letters, digits, '_', '.' and '-', begins with neither '.' nor '-', and is no longer than 128"
        )
      }
      selector = .tag(tag)
      name = name[..<colon]
    }
    guard Self.isRepository(name) else {
      throw refused(
        "'\(name)' is no repository's name",
        "such a name has lower-case letters and digits, with '.', '_', '-' and '/' between them")
    }
    self.host = host
    repository = String(name)
  }

  package var description: String {
    switch selector {
    case .tag(let tag): "\(host)/\(repository):\(tag)"
    case .digest(let digest): "\(host)/\(repository)@\(digest)"
    }
  }

  /// Whether the registry is on this machine.
  package var isLoopback: Bool { Self.isLoopback(host: host) }

  /// - Parameter host: with the port, where one is given.
  static func isLoopback(host: String) -> Bool {
    let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
    let numbers = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return name == "localhost" || name == "[::1]"
      || (numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil })
  }

  private static func isHost(_ text: String) -> Bool {
    text.utf8.allSatisfy { isAlphanumeric($0) || isUpper($0) || "[]:.-_".utf8.contains($0) }
  }

  private static func isTag(_ text: String) -> Bool {
    guard (1...128).contains(text.utf8.count), let first = text.utf8.first, first != UInt8(ascii: "."),
      first != UInt8(ascii: "-")
    else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || isUpper($0) || "_.-".utf8.contains($0) }
  }

  private static func isRepository(_ name: Substring) -> Bool {
    guard (1...255).contains(name.utf8.count) else { return false }
    return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.utf8.first, let last = part.utf8.last else { return false }
      let separators = part.utf8.split(whereSeparator: isAlphanumeric).map { String($0) ?? "" }
      return isAlphanumeric(first) && isAlphanumeric(last)
        && separators.allSatisfy { [".", "_", "__"].contains($0) || $0.allSatisfy { $0 == "-" } }
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte)
  }

  private static func isUpper(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
}
