import Essentials

/// The header `Content-Range` of a partial answer (RFC 9110, section 14.4): `bytes 5-9/10`.
struct ContentRange: Equatable {
  var first: Int64
  var last: Int64
  /// The whole length, where the server knows it.
  var total: Int64?

  init(first: Int64, last: Int64, total: Int64?) {
    (self.first, self.last, self.total) = (first, last, total)
  }

  init?(_ text: String) {
    guard text.hasPrefix("bytes ") else { return nil }
    let halves = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]), first >= 0, last >= first
    else { return nil }
    if halves[1] == "*" {
      self.init(first: first, last: last, total: nil)
    } else {
      guard let total = Int64(halves[1]), total > last else { return nil }
      self.init(first: first, last: last, total: total)
    }
  }
}

/// What a broken download remembers of where it came from: the URL's digest and the server's validator (RFC 9110,
/// section 13.1.5), which `If-Range` gives back.
struct ResumeNote {
  let text: String
  private let source: Substring
  private let validator: String

  /// What an answer's head says; nil where it has no strong validator.
  init?(_ url: ResourceURL, _ headers: [String: String]) {
    let tag = headers["etag"].flatMap { $0.hasPrefix("\"") ? $0 : nil }
    guard let validator = tag ?? headers["last-modified"], validator.utf8.count <= 500 else { return nil }
    self.init(Digest(of: url.text).hexadecimal + " " + validator)
  }

  init?(_ text: String?) {
    guard let text, let blank = text.firstIndex(of: " ") else { return nil }
    self.text = text
    source = text[..<blank]
    validator = String(text[text.index(after: blank)...])
  }

  /// The validator, where it was this URL's.
  func validator(for url: ResourceURL) -> String? {
    source == Digest(of: url.text).hexadecimal ? validator : nil
  }
}
