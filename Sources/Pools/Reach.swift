package import Essentials

/// A way out of a guest's network to one TCP service: everything else stays out of reach.
///
/// The guest finds it at ``address`` with the port ``guestPort``.
package struct Reach: Codable, Sendable, Hashable, CustomStringConvertible {
  /// What the guest knows it by: lower-case letters, digits, `-` and `_`, 32 at most.
  package let name: String
  /// Where the service is, as seen from the host: an address, or a name that is looked up for each connection.
  package let host: String
  package let port: UInt16
  package let guestPort: UInt16

  /// Where guests find every service that they reach, in QEMU's network for users.
  package static let address = "10.0.2.100"

  /// The way that `text` spells: `NAME=HOST:PORT`, or `NAME:GUESTPORT=HOST:PORT` where the guest's port is another.
  /// IPv6 addresses stand in brackets.
  /// - Throws: `usage` where it isn't spelled so.
  package init(parsing text: String) throws(Diagnostic) {
    func refusal(_ reason: String) -> Diagnostic {
      Diagnostic(
        .usage, "'\(text.printable)' is no way to a service: \(reason)",
        hints: ["write NAME=HOST:PORT, as in database=127.0.0.1:5432"])
    }
    guard let equals = text.firstIndex(of: "=") else { throw refusal("it has no '='") }
    let left = text[..<equals].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(left.first ?? "")
    guard Self.isName(name) else { throw refusal("its name isn't 1 to 32 of a-z, 0-9, '-' and '_'") }
    let right = text[text.index(after: equals)...]
    guard let colon = right.lastIndex(of: ":"), let port = Self.port(right[right.index(after: colon)...])
    else { throw refusal("the service has no port from 1 to 65535") }
    var host = right[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard Self.isHost(host, mayHoldColons: isBracketed) else {
      throw refusal("its host is no name or address")
    }
    self.name = name
    self.host = String(host)
    self.port = port
    guard left.count == 1 || Self.port(left[1]) != nil else {
      throw refusal("the guest's port isn't one from 1 to 65535")
    }
    guestPort = left.count == 1 ? port : Self.port(left[1]) ?? port
  }

  package var description: String {
    "\(name)\(guestPort == port ? "" : ":\(guestPort)")=\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  /// Refuses ways that would share a name or, since they share the guest's address, a port there.
  static func requireDistinct(_ ways: [Reach]) throws(Diagnostic) {
    for (index, way) in ways.enumerated() {
      guard let other = ways[..<index].first(where: { $0.name == way.name || $0.guestPort == way.guestPort })
      else { continue }
      if other.name == way.name {
        throw Diagnostic(.usage, "two services are called '\(way.name)': \(other) and \(way)")
      }
      throw Diagnostic(
        .usage,
        "the services '\(other.name)' and '\(way.name)' have the same port in the guest: \(way.guestPort)",
        hints: ["give one of them another, as in \(way.name):\(way.guestPort &+ 1)=\(way.host):\(way.port)"])
    }
  }

  /// What guests are told, as the credential `hardtack.reach`: a line `NAME=ADDRESS:PORT` for each.
  static func credential(_ ways: [Reach]) -> [UInt8] {
    Array(ways.map { "\($0.name)=\(address):\($0.guestPort)\n" }.joined().utf8)
  }

  private static func isName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || "-_".utf8.contains($0) }
  }

  /// Only what needs no quoting on a command line.
  private static func isHost(_ text: Substring, mayHoldColons: Bool) -> Bool {
    (1...253).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        case UInt8(ascii: ":"): mayHoldColons
        default: "-._".utf8.contains(byte)
        }
      }
  }

  private static func port(_ text: Substring) -> UInt16? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(text), port > 0 else {
      return nil
    }
    return port
  }
}
