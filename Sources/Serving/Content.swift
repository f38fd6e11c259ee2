import Essentials

/// Something that is served, before it's known how much of it is asked for.
struct Content: Sendable {
  enum Body: Sendable {
    /// Text that was made for the occasion, or is small.
    case bytes([UInt8])
    case file(BlobFile)
  }

  var type: String
  var digest: Digest
  var body: Body
  /// Whether it never changes under its address.
  var isImmutable = false
  var headers: [(name: String, value: String)] = []

  init(_ type: String, _ text: String) { self.init(type, Array(text.utf8)) }

  init(_ type: String, _ bytes: [UInt8]) {
    self.type = type
    digest = Digest(of: bytes)
    body = .bytes(bytes)
  }

  init(_ type: String, _ file: BlobFile, _ digest: Digest) {
    self.type = type
    self.digest = digest
    body = .file(file)
    isImmutable = true
  }

  /// The answer to a request: all, a part, compressed, or word that nothing changed.
  ///
  /// Source: RFC 9110, sections 13 (conditions; `If-None-Match` and `If-Range`) and 14 (one range; of several
  /// ranges none, which is allowed).
  func answer(_ request: ServedRequest) -> Answer {
    var headers = self.headers
    headers.append(("Cache-Control", isImmutable ? "public, max-age=31536000, immutable" : "no-cache"))
    var tag = "\"\(digest.hexadecimal)\""
    let range = request.headers["range"]
    var compressed: [UInt8]?
    if case .bytes(let bytes) = body, !isImmutable {
      headers.append(("Vary", "Accept-Encoding, Accept"))
      if range == nil, bytes.count >= 256, request.accepts("gzip", in: "accept-encoding") {
        compressed = Gzip.compress(bytes)
        tag = "\"\(digest.hexadecimal)-gzip\""
      }
    }
    headers.append(("ETag", tag))
    if let known = request.headers["if-none-match"], Self.matches(known, tag) { return Answer(304, headers) }
    headers += [("Content-Type", type), ("Accept-Ranges", "bytes")]
    if let compressed {
      headers.append(("Content-Encoding", "gzip"))
      return Answer(200, headers, body: .bytes(compressed))
    }
    let size: Int64 =
      switch body {
      case .bytes(let bytes): Int64(bytes.count)
      case .file(let file): file.size
      }
    let condition = request.headers["if-range"]
    guard request.method == .get, let range, condition == nil || condition == tag,
      let asked = ByteRange(range)
    else { return Answer(200, headers, body: part(0..<size)) }
    guard let part = asked.within(size) else {
      return Answer(416, headers + [("Content-Range", "bytes */\(size)")])
    }
    headers.append(("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"))
    return Answer(206, headers, body: self.part(part))
  }

  private func part(_ range: Range<Int64>) -> Answer.Body {
    switch body {
    case .bytes(let bytes): .bytes(Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
    case .file(let file): .file(file, range)
    }
  }

  private static func matches(_ list: String, _ tag: String) -> Bool {
    list.split(separator: ",").contains { item in
      var item = item.drop { $0 == " " }
      if item.hasPrefix("W/") { item = item.dropFirst(2) }
      while item.last == " " { item.removeLast() }
      return item == "*" || item == tag
    }
  }
}

/// The one range of a header `Range: bytes=5-9`, `bytes=5-` or `bytes=-5`.
struct ByteRange: Equatable {
  var first: Int64?
  var last: Int64?

  /// - Returns: nil where it's another unit, several ranges, or none: then the header doesn't count.
  init?(_ text: String) {
    guard text.hasPrefix("bytes=") else { return nil }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else {
      return nil
    }
    first = Int64(ends[0])
    last = Int64(ends[1])
    guard (first != nil) == !ends[0].isEmpty, (last != nil) == !ends[1].isEmpty, first != nil || last != nil
    else { return nil }
    if let first, let last, last < first { return nil }
  }

  /// The bytes that it means of something of `size` bytes; nil where there are none.
  func within(_ size: Int64) -> Range<Int64>? {
    switch (first, last) {
    case (let first?, let last): first < size ? first..<min(last ?? size - 1, size - 1) + 1 : nil
    case (nil, let last?): last > 0 && size > 0 ? max(0, size - last)..<size : nil
    case (nil, nil): nil
    }
  }
}
