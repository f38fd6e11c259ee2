/// What a server wants in order to know who asks: one challenge of the header `WWW-Authenticate`.
///
/// Source: RFC 9110, section 11.6.1; distribution's "Token Authentication Specification" for the parameters of Bearer.
struct AuthenticationChallenge: Equatable {
  /// In lower case: `bearer`, `basic`.
  var scheme: String
  /// By lower-case name.
  var parameters: [String: String] = [:]

  /// All challenges of a header; what can't be understood is left out.
  static func parse(_ text: String) -> [AuthenticationChallenge] {
    var challenges: [AuthenticationChallenge] = []
    var rest = Array(text.utf8)[...]
    func skip(_ isTaken: (UInt8) -> Bool) { rest = rest.drop(while: isTaken) }
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == UInt8(ascii: ",") }
    func token() -> String {
      let found = rest.prefix { !isBlank($0) && $0 != UInt8(ascii: "=") }
      rest = rest.dropFirst(found.count)
      return String(decoding: found, as: UTF8.self)
    }
    while true {
      skip(isBlank)
      let name = token()
      if name.isEmpty { return challenges }
      guard rest.first == UInt8(ascii: "=") else {
        challenges.append(AuthenticationChallenge(scheme: name.lowercased()))
        continue
      }
      rest = rest.dropFirst()
      let value: String
      if rest.first == UInt8(ascii: "\"") {
        var bytes: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
          guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
            bytes.append(byte)
            continue
          }
          bytes.append(escaped)
        }
        value = String(decoding: bytes, as: UTF8.self)
      } else {
        value = token()
      }
      if !challenges.isEmpty { challenges[challenges.count - 1].parameters[name.lowercased()] = value }
    }
  }
}
