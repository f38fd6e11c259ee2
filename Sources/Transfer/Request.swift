/// A GET for a page that is small enough to be held in memory.
package struct Request: Sendable {
  package var url: ResourceURL
  /// Sent as they are, in addition to what the downloader sends itself; a conditional request has
  /// `If-None-Match` or `If-Modified-Since` here.
  package var headers: [(name: String, value: String)]
  /// A longer body, after decompression, is an error; in bytes.
  package var limit: Int

  package init(_ url: ResourceURL, headers: [(name: String, value: String)] = [], limit: Int = 256 << 20) {
    self.url = url
    self.headers = headers
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
}
