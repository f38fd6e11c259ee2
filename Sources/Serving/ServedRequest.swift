/// A request, as far as what is served depends on it.
package struct ServedRequest: Sendable {
  package enum Method: Sendable { case get, head }

  package var method: Method
  /// The path's parts between slashes, percent-decoded; an empty one at the end where the path ends with a slash.
  package var parts: [String]
  package var query: [String: String]
  /// By lower-case name.
  package var headers: [String: String]

  /// - Parameter target: the path and query as the request's first line has them.
  /// - Returns: nil where it is none: not a path, or with an escape that isn't one or gives no UTF-8.
  package init?(_ method: Method, target: String, headers: [String: String] = [:]) {
    guard target.hasPrefix("/"), target.utf8.count <= 8192 else { return nil }
    let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var parts: [String] = []
    for part in halves[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let decoded = Self.decoded(part) else { return nil }
      parts.append(decoded)
    }
    var query: [String: String] = [:]
    for pair in (halves.count > 1 ? halves[1] : "").split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(sides[0]), let value = Self.decoded(sides.count > 1 ? sides[1] : "")
      else {
        return nil
      }
      query[name] = value
    }
    self.method = method
    self.parts = parts
    self.query = query
    self.headers = headers
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst(), let low = rest.popFirst(),
        let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), high != UInt8(ascii: "+")
      else { return nil }
      bytes.append(value)
    }
    guard !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Whether one of the listed values of a header is `value`, and not with the weight nought (RFC 9110, section 12.4).
  func accepts(_ value: String, in header: String) -> Bool {
    for item in (headers[header] ?? "").split(separator: ",") {
      let fields = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      guard fields.first == value else { continue }
      return !fields.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
    }
    return false
  }
}
