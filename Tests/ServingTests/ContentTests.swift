import Essentials
import Testing

@testable import Serving

@Suite struct ContentTests {
  private func request(_ headers: [String: String], _ method: ServedRequest.Method = .get) throws
    -> ServedRequest
  {
    try #require(ServedRequest(method, target: "/", headers: headers))
  }

  private func bytes(_ answer: Answer) -> [UInt8]? {
    if case .bytes(let bytes) = answer.body { bytes } else { nil }
  }

  private static let ranges: [(String, Int, String?, String?)] = [
    ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"),
    ("bytes=-2", 206, "89", "bytes 8-9/10"), ("bytes=-20", 206, "0123456789", "bytes 0-9/10"),
    ("bytes=5-100", 206, "56789", "bytes 5-9/10"), ("bytes=10-", 416, nil, "bytes */10"),
    ("bytes=-0", 416, nil, "bytes */10"), ("bytes=3-1", 200, "0123456789", nil),
    ("bytes=0-1,3-4", 200, "0123456789", nil), ("items=0-1", 200, "0123456789", nil),
    ("bytes=", 200, "0123456789", nil), ("bytes=-", 200, "0123456789", nil),
    ("bytes=99999999999999999999-", 200, "0123456789", nil), ("bytes=+1-2", 200, "0123456789", nil),
  ]

  @Test(arguments: ranges)
  func `answers a range`(_ range: String, _ status: Int, _ body: String?, _ header: String?) throws {
    let answer = Content("text/plain", "0123456789").answer(try request(["range": range]))
    #expect(answer.status == status)
    #expect(bytes(answer) == body.map { Array($0.utf8) })
    #expect(answer.headers.first { $0.name == "Content-Range" }?.value == header)
  }

  @Test func `knows what hasn't changed`() throws {
    let content = Content("text/plain", "0123456789")
    let tag = try #require(content.answer(try request([:])).headers.first { $0.name == "ETag" }?.value)
    for known in [tag, "\"other\", \(tag)", "W/\(tag)", "*"] {
      #expect(content.answer(try request(["if-none-match": known])).status == 304)
    }
    #expect(content.answer(try request(["if-none-match": "\"other\""])).status == 200)
    // A part only of what it was.
    #expect(content.answer(try request(["range": "bytes=1-2", "if-range": tag])).status == 206)
    #expect(content.answer(try request(["range": "bytes=1-2", "if-range": "\"other\""])).status == 200)
  }

  @Test(arguments: [
    ("gzip", true), ("br, gzip;q=0.5", true), ("GZIP", true), ("gzip;q=0", false), ("gzip; q=0.0", false),
    ("identity", false), ("", false),
  ])
  func `compresses where asked`(_ header: String, _ isCompressed: Bool) async throws {
    let text = String(repeating: "a listing\n", count: 100)
    let answer = Content("text/plain", text).answer(try request(["accept-encoding": header]))
    #expect((answer.headers.first { $0.name == "Content-Encoding" }?.value == "gzip") == isCompressed)
    guard isCompressed else { return }
    let unpacked = try await Command("gzip", ["-dc"], input: try #require(bytes(answer))).output()
    #expect(unpacked == Array(text.utf8))
  }

  private static let targets: [(String, [String]?)] = [
    ("/a/b", ["a", "b"]), ("/a/", ["a", ""]), ("/", [""]), ("/a%2Bb", ["a+b"]), ("/a%2fb/c", ["a/b", "c"]),
    ("/a?n=1&last=x", ["a"]), ("/%e2%82%ac", ["€"]), ("a", nil), ("/%", nil), ("/%4", nil), ("/%+1", nil),
    ("/%ff", nil), ("/%00", nil), ("", nil),
  ]

  @Test(arguments: targets)
  func `reads a target`(_ target: String, _ parts: [String]?) {
    #expect(ServedRequest(.get, target: target)?.parts == parts)
  }

  @Test(arguments: [
    ("Bearer sesame-sesame-16", true), ("bearer  sesame-sesame-16", true), ("Bearer sesame", false),
    ("", false),
    ("Basic YW55OnNlc2FtZS1zZXNhbWUtMTY=", true), ("Basic OnNlc2FtZS1zZXNhbWUtMTY=", true),
    ("Basic c2VzYW1lLXNlc2FtZS0xNg==", false), ("Basic !", false), ("Digest x", false),
  ])
  func `lets in who presents the token`(_ header: String, _ isIn: Bool) {
    #expect(Credentials.present(Secret("sesame-sesame-16"), in: header) == isIn)
  }
}
