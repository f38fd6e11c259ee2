package import SystemPackage

/// A request whose answer is small enough to be held in memory.
package struct Request: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
  }

  /// What is sent along.
  package enum Body: Sendable {
    case bytes([UInt8])
    /// A part of a file that nobody changes meanwhile.
    case file(FilePath, Range<Int64>)

    /// In bytes.
    var count: Int64 {
      switch self {
      case .bytes(let bytes): Int64(bytes.count)
      case .file(_, let range): range.upperBound - range.lowerBound
      }
    }
  }

  package var url: ResourceURL
  package var method: Method
  /// Sent as they are, in addition to what the downloader sends itself; a conditional request has
  /// `If-None-Match` or `If-Modified-Since` here.
  package var headers: [(name: String, value: String)]
  package var body: Body?
  /// A longer answer, after decompression, is an error; in bytes.
  package var limit: Int
  /// Whether an answer that names another address is followed; what has a secret in its body stays where it was sent.
  package var followsRedirects = true
  /// Is told, on the transfer thread, how many more bytes of the body went out; fewer than none where it begins anew.
  package var sent: (@Sendable (Int64) -> Void)?

  package init(
    _ url: ResourceURL, method: Method = .get, headers: [(name: String, value: String)] = [],
    body: Body? = nil, limit: Int = 256 << 20
  ) {
    self.url = url
    self.method = method
    self.headers = headers
    self.body = body
    self.limit = limit
  }
}

/// What a server answered.
package struct Response: Sendable {
  /// HTTP's; a file that exists counts as 200, one that doesn't as 404.
  package var status: Int
  /// By lower-case name; of a header that came more than once the last.
  package var headers: [String: String]
  /// After decompression.
  package var body: [UInt8]
  /// Where the answer came from after redirects: links in the page are relative to it.
  package var url: ResourceURL

  /// Whether the same request may go better later: the server has no time, or is in trouble.
  package var isTransient: Bool { [408, 425, 429].contains(status) || status >= 500 }

  /// How long the server wants to be left alone, where it says so in seconds.
  package var retryAfter: Duration? { Self.retryAfter(headers) }

  static func retryAfter(_ headers: [String: String]) -> Duration? {
    headers["retry-after"].flatMap { Int($0) }.map { .seconds(max(0, min($0, 3600))) }
  }
}
