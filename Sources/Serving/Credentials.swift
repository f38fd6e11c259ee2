import Essentials

/// What a client presents to be let in.
enum Credentials {
  /// Whether a header `Authorization` presents the token: as a bearer token (RFC 6750), or as the password of any user
  /// (RFC 7617), which is all that apt, pip and skopeo can be told.
  static func present(_ token: Secret, in header: String) -> Bool {
    let halves = header.split(separator: " ", maxSplits: 1)
    guard halves.count == 2 else { return false }
    let value = halves[1].drop { $0 == " " }
    switch halves[0].lowercased() {
    case "bearer": return isSame(Array(value.utf8), token.reveal())
    case "basic":
      guard let bytes = base64(value), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
        return false
      }
      return isSame(Array(bytes[(colon + 1)...]), token.reveal())
    default: return false
    }
  }

  /// Compares in a time that tells nothing of where they differ.
  private static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool { Digest(of: a) == Digest(of: b) }

  private static func base64(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in text.utf8.prefix(while: { $0 != UInt8(ascii: "=") }).prefix(8192) {
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character + 4
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: return nil
      }
      bits = (bits << 6 | UInt32(value)) & 0xFFFFFF
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
