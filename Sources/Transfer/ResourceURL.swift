import CCurl
package import Essentials

/// A URL that may be fetched: `http`, `https` or `file`, parsed by the very library that will fetch it.
///
/// Its description leaves credentials out; ``text`` has them.
package struct ResourceURL: Hashable, Sendable, CustomStringConvertible {
  package enum Scheme: String, Sendable { case http, https, file }

  package let scheme: Scheme
  /// Lower case where the text has it so; empty for a file.
  package let host: String
  /// Percent-encoded, without query and fragment.
  package let path: String
  /// Scheme, host and port, each written out: what a server is told by.
  package let origin: String
  /// The whole URL without its fragment, credentials included.
  package let text: String
  /// What stands behind `#`, percent-encoded; an index page has digests there.
  package let fragment: String?
  package let description: String

  /// - Throws: `usage` where `text` is no absolute URL of the three schemes.
  package init(_ text: String) throws(Diagnostic) {
    try self.init(text, base: nil)
  }

  /// The URL that a link in this URL's page refers to.
  /// - Throws: where it is none, and where it would leave http or https for a file, or https for http.
  package func resolving(_ reference: String) throws(Diagnostic) -> ResourceURL {
    let resolved = try ResourceURL(reference, base: text)
    switch (scheme, resolved.scheme) {
    case (.http, .file), (.https, .file), (.https, .http):
      throw Diagnostic(
        .verificationFailed, "\(self) refers to \(resolved), which is less safe and isn't followed")
    default: return resolved
    }
  }

  private init(_ text: String, base: String?) throws(Diagnostic) {
    func refused(_ reason: String) -> Diagnostic {
      // Credentials, if it has any, stand before an '@'.
      let shown = text.contains("@") ? "a URL with credentials" : "'\(text.printable)'"
      return Diagnostic(.usage, "\(shown) is no URL that can be fetched: \(reason)")
    }
    guard text.utf8.count <= 16_384, !text.utf8.contains(where: { $0 < 0x21 || $0 == 0x7F }) else {
      throw refused("it is too long or has a blank or a control character in it")
    }
    guard let handle = curl_url() else { throw Diagnostic(.failed, "out of memory") }
    defer { curl_url_cleanup(handle) }
    if let base { _ = curl_url_set(handle, CURLUPART_URL, base, 0) }
    let code = curl_url_set(handle, CURLUPART_URL, text, 0)
    guard code == CURLUE_OK else { throw refused(String(cString: curl_url_strerror(code)).lowercased()) }
    func part(_ part: CURLUPart) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(handle, part, &value, 0) == CURLUE_OK, let value else { return nil }
      defer { curl_free(value) }
      return String(cString: value)
    }
    guard let scheme = part(CURLUPART_SCHEME).flatMap(Scheme.init(rawValue:)) else {
      throw refused("only http, https and file are")
    }
    self.scheme = scheme
    host = part(CURLUPART_HOST) ?? ""
    guard scheme == .file || !host.isEmpty else { throw refused("it names no host") }
    var port: UnsafeMutablePointer<CChar>?
    if curl_url_get(handle, CURLUPART_PORT, &port, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let port {
      origin = "\(scheme.rawValue)://\(host.lowercased()):\(String(cString: port))"
      curl_free(port)
    } else {
      origin = "\(scheme.rawValue)://\(host.lowercased())"
    }
    path = part(CURLUPART_PATH) ?? "/"
    fragment = part(CURLUPART_FRAGMENT)
    _ = curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0)
    guard let whole = part(CURLUPART_URL) else { throw refused("it can't be put together again") }
    self.text = whole
    _ = curl_url_set(handle, CURLUPART_USER, nil, 0)
    _ = curl_url_set(handle, CURLUPART_PASSWORD, nil, 0)
    description = part(CURLUPART_URL) ?? "\(scheme.rawValue)://\(host)\(path)"
  }

  /// Whom to name in a message: the host, or the file's path.
  var place: String { scheme == .file ? path : host }

  package static func == (a: ResourceURL, b: ResourceURL) -> Bool {
    a.text == b.text && a.fragment == b.fragment
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
