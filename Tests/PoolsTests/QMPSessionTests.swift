import Testing

@testable import Pools

@Suite struct QMPSessionTests {
  private let greeting =
    #"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": []}}"#

  @Test func `negotiates before it sends its command`() {
    var session = QMPSession("query-status")
    #expect(session.receive(bytes(greeting)) == .send(sent("qmp_capabilities")))
    #expect(session.receive(bytes(#"{"return": {}}"#)) == .send(sent("query-status")))
    #expect(
      session.receive(bytes(#"{"return": {"status": "running", "running": true}}"#))
        == .answered(status: "running"))
  }

  @Test func `takes messages in whatever pieces they come`() {
    var session = QMPSession("quit")
    var output: [UInt8] = []
    for byte in bytes(greeting) + bytes(#"{"return": {}}"#) {
      guard case .send(let bytes) = session.receive([byte]) else {
        Issue.record("the session ended early")
        return
      }
      output += bytes
    }
    #expect(output == sent("qmp_capabilities") + sent("quit"))
  }

  @Test func `passes over events at any point`() {
    let event = bytes(#"{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "POWERDOWN"}"#)
    var session = QMPSession("system_powerdown")
    #expect(session.receive(bytes(greeting) + event) == .send(sent("qmp_capabilities")))
    #expect(session.receive(event + bytes(#"{"return": {}}"#) + event) == .send(sent("system_powerdown")))
    #expect(session.receive(event + bytes(#"{"return": {}}"#)) == .answered(status: nil))
  }

  @Test(arguments: [
    (#"{"error": {"class": "CommandNotFound", "desc": "unknown"}}"#, "unknown"),
    (#"{"return": {}}"#, "QEMU sent a message out of turn"),
    ("no JSON", "QEMU sent what is no message"),
    ("[1]", "QEMU sent what is no message"),
  ])
  func `fails where QEMU doesn't keep to the protocol`(line: String, reason: String) {
    var session = QMPSession("quit")
    #expect(session.receive(bytes(line)) == .failed(reason))
  }

  @Test func `gives up on a message without end`() {
    var session = QMPSession("quit")
    #expect(
      session.receive([UInt8](repeating: 32, count: 2 << 20)) == .failed("QEMU sent a message without end"))
  }

  private func bytes(_ line: String) -> [UInt8] { Array((line + "\r\n").utf8) }
  private func sent(_ command: String) -> [UInt8] { Array("{\"execute\":\"\(command)\"}\r\n".utf8) }
}
