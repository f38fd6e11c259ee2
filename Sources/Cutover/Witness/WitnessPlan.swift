package import Essentials

/// What a witness sends: requests at a fixed rate, by plain HTTP to a port.
package struct WitnessPlan: Codable, Sendable, Hashable {
  package struct Request: Codable, Sendable, Hashable {
    package enum Method: String, Codable, Sendable {
      case get = "GET"
      case post = "POST"
    }

    package var method: Method
    /// Path and query. In it and in the body `{id}` stands for the request's own ``WitnessPlan/id(of:)``.
    package var path: String
    package var contentType: String
    package var body: String
    /// How many of all requests it makes up, in proportion to the shares of the others.
    package var share: Int

    package static func get(_ path: String, share: Int = 1) -> Self {
      Self(method: .get, path: path, contentType: "", body: "", share: share)
    }

    package static func post(
      _ path: String, _ body: String, type: String = "application/x-www-form-urlencoded", share: Int = 1
    ) -> Self {
      Self(method: .post, path: path, contentType: type, body: body, share: share)
    }
  }

  package struct Header: Codable, Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// An IPv4 address.
  package var address: String
  package var port: UInt16
  package var host: String
  package var headers: [Header]
  /// Requests a second.
  package var rate: Double
  package var requests: [Request]
  /// The part of the requests, 0 to 1, that take a connection that is kept alive.
  package var kept: Double
  /// In seconds: how long a request is waited for, from when it's due.
  package var timeout: Double
  /// In seconds: how long requests are sent at most.
  package var duration: Double
  /// The answer's header whose value is recorded: who answered.
  package var header: String
  /// Of this run, so that no two requests ever have the same id.
  package var identifier: String

  package init(
    address: String = "127.0.0.1", port: UInt16, host: String = "localhost", headers: [Header] = [],
    rate: Double = 100, requests: [Request], kept: Double = 0.5, timeout: Double = 30,
    duration: Double = 3600, header: String = "X-Release", identifier: String
  ) {
    self.address = address
    self.port = port
    self.host = host
    self.headers = headers
    self.rate = rate
    self.requests = requests
    self.kept = kept
    self.timeout = timeout
    self.duration = duration
    self.header = header
    self.identifier = identifier
  }

  /// The unique name of a request, which its body or path may carry.
  package func id(of number: Int) -> String { "\(identifier)-\(number)" }
}

extension WitnessPlan {
  /// - Throws: `usage` where it can't be carried out.
  package func check() throws(Diagnostic) {
    func refuse(_ what: String) -> Diagnostic { Diagnostic(.usage, "the witness can't send \(what)") }
    guard rate > 0, rate <= 10_000 else { throw refuse("\(rate) requests a second: 1 to 10000 it can") }
    guard (0...1).contains(kept) else { throw refuse("\(kept) of the requests by kept connections") }
    guard timeout > 0, timeout <= 3600 else { throw refuse("requests with a timeout of \(timeout) s") }
    guard duration > 0, duration <= 1e6 else { throw refuse("requests for \(duration) s") }
    guard requests.contains(where: { $0.share > 0 }),
      requests.allSatisfy({ (0...1_000_000).contains($0.share) }), requests.count <= 1000
    else { throw refuse("requests with these shares: each is 0 to 1000000, and one is more than 0") }
    let words =
      [host, header, identifier] + headers.map(\.name) + requests.map(\.path)
    for word in words where word.isEmpty || !word.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
      throw refuse("'\(word.printable)' as a path, host, identifier or name of a header")
    }
    for text in headers.map(\.value) + requests.map(\.contentType)
    where !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
      throw refuse("'\(text.printable)' as the value of a header")
    }
  }

  /// Which of the requests is sent as that number: in no order, but the same one each time.
  func request(_ number: Int) -> Request {
    let total = requests.reduce(0) { $0 + $1.share }
    var rest = Int(Self.mixed(UInt64(number)) % UInt64(total))
    for request in requests {
      if rest < request.share { return request }
      rest -= request.share
    }
    return requests[0]
  }

  /// Whether that number takes a connection that is kept alive.
  func isKept(_ number: Int) -> Bool {
    Double(Self.mixed(~UInt64(number)) >> 11) / Double(1 << 53) < kept
  }

  /// The finalizer of SplitMix64.
  private static func mixed(_ number: UInt64) -> UInt64 {
    var value = number &* 0x9E37_79B9_7F4A_7C15
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// A request as it's sent.
  func bytes(of number: Int, _ request: Request, kept: Bool) -> [UInt8] {
    let id = id(of: number)
    func filled(_ text: String) -> String { text.contains("{") ? text.replacing("{id}", with: id) : text }
    var head = "\(request.method.rawValue) \(filled(request.path)) HTTP/1.1\r\nHost: \(host)\r\n"
    head += "User-Agent: hardtack-witness\r\nAccept: */*\r\n"
    for header in headers { head += "\(header.name): \(header.value)\r\n" }
    if !kept { head += "Connection: close\r\n" }
    guard request.method == .post else { return Array((head + "\r\n").utf8) }
    let body = Array(filled(request.body).utf8)
    head += "Content-Type: \(request.contentType)\r\nContent-Length: \(body.count)\r\n\r\n"
    return Array(head.utf8) + body
  }
}
