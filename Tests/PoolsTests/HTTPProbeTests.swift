import Essentials
import Testing

@testable import Pools

@Suite struct HTTPProbeTests {
  @Test(arguments: [
    ("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello", 200, "hello"),
    ("HTTP/1.1 503 Service Unavailable\r\n\r\n", 503, ""),
    ("HTTP/1.1 204\n\n", 204, ""),
    ("HTTP/1.1 301 Moved\nLocation: https://example.org/\n\na\n\nb", 301, "a\n\nb"),
  ])
  func `reads an answer`(text: String, status: Int, body: String) {
    #expect(
      HTTPProbe.parse(Array(text.utf8)) == HTTPProbe.Answer(status: status, body: Array(body.utf8)))
  }

  @Test(arguments: [
    "", "HTTP/1.0 200 OK", "HTTP/1.0 200 OK\r\nServer: x\r\n", "SSH-2.0\r\n\r\n", "HTTP/1.0 99 x\r\n\r\n",
    "HTTP/1.0 ab\r\n\r\n",
  ])
  func `takes nothing else for one`(text: String) {
    #expect(HTTPProbe.parse(Array(text.utf8)) == nil)
  }

  @Test func `says so where nobody listens`() async throws {
    let port = try LoopbackPort.free()
    await #expect(throws: HTTPProbe.Failure(reason: "connection refused")) {
      try await HTTPProbe(port: port, target: "/", secure: false).answer(within: .seconds(5))
    }
  }
}
