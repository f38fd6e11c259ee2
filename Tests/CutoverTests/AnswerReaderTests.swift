import Testing

@testable import Cutover

@Suite struct AnswerReaderTests {
  private static let answers: [(text: String, status: Int, value: String, isReusable: Bool)] = [
    ("HTTP/1.1 200 OK\r\nX-Release: v1\r\nContent-Length: 5\r\n\r\nhello", 200, "v1", true),
    ("HTTP/1.1 204 No Content\r\nx-release:  v 2 \r\n\r\n", 204, "v_2", true),
    ("HTTP/1.1 200\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", 200, "", false),
    ("HTTP/1.0 200 OK\nContent-Length: 2\n\nok", 200, "", false),
    (
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-RELEASE: v3\r\n\r\n"
        + "5;name=value\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n", 200, "v3", true
    ),
  ]

  @Test(arguments: answers.indices)
  func `reads an answer however it's cut`(index: Int) {
    let answer = Self.answers[index]
    let bytes = Array(answer.text.utf8)
    for first in 0...bytes.count {
      for second in [first, (first + bytes.count) / 2] {
        var reader = AnswerReader(header: "X-Release")
        let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].filter { !$0.isEmpty }
        for piece in pieces.dropLast() { #expect(reader.receive(piece) == .more) }
        #expect(reader.receive(pieces[pieces.count - 1]) == .done(isReusable: answer.isReusable))
        #expect(reader.status == answer.status)
        #expect(reader.value == answer.value)
      }
    }
  }

  @Test func `an answer without a length ends with the connection`() {
    var reader = AnswerReader(header: "X-Release")
    #expect(reader.receive(Array("HTTP/1.1 200 OK\r\n\r\nhello".utf8)) == .more)
    #expect(reader.end() == .done(isReusable: false))
    var half = AnswerReader(header: "X-Release")
    #expect(half.receive(Array("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello".utf8)) == .more)
    #expect(half.end() == .more)
  }

  @Test func `a connection with more than the answer takes no other request`() {
    var reader = AnswerReader(header: "X-Release")
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
    #expect(reader.receive(Array(text.utf8)) == .done(isReusable: false))
  }

  @Test(arguments: [
    "SSH-2.0\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/2 200\r\n", "\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
    "HTTP/1.1 200 OK\r\nA: " + String(repeating: "a", count: 70_000),
    String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1000),
    "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 2000),
  ])
  func `refuses what is no HTTP`(text: String) {
    var reader = AnswerReader(header: "X-Release")
    #expect(reader.receive(Array(text.utf8)) == .garbled)
  }
}
