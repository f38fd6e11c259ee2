import Essentials

/// What to say to QEMU next, as a value: it takes bytes and gives bytes.
///
/// QEMU greets; `qmp_capabilities` must be the first command; then one command at a time is sent and answered, with
/// events in between.
struct QMPSession {
  private enum State: Hashable {
    case awaitingGreeting
    case negotiating
    case awaitingAnswer
    case done
  }

  enum Outcome: Hashable {
    /// Send these bytes, which may be none, and go on reading.
    case send([UInt8])
    /// The command was answered; `status` as ``QMPMessage/success(status:)`` has it.
    case answered(status: String?)
    case failed(String)
  }

  private let command: [UInt8]
  private var state = State.awaitingGreeting
  private var buffer: [UInt8] = []
  private static let limit = 1 << 20

  /// - Parameter command: without arguments: `system_powerdown`, `quit`, `query-status`.
  init(_ command: String) { self.command = Self.line(command) }

  private static func line(_ command: String) -> [UInt8] {
    Array("{\"execute\":\"\(command)\"}\r\n".utf8)
  }

  /// Takes what QEMU sent.
  mutating func receive(_ bytes: some Collection<UInt8>) -> Outcome {
    buffer += bytes
    var output: [UInt8] = []
    while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
      let line = buffer[..<end]
      buffer = Array(buffer[(end + 1)...])
      guard let message = QMPMessage(line: line) else {
        if line.allSatisfy({ " \r\t".utf8.contains($0) }) { continue }
        return .failed("QEMU sent what is no message")
      }
      switch (state, message) {
      case (_, .event): continue
      case (.awaitingGreeting, .greeting):
        state = .negotiating
        output += Self.line("qmp_capabilities")
      case (.negotiating, .success):
        state = .awaitingAnswer
        output += command
      case (.awaitingAnswer, .success(let status)):
        state = .done
        return .answered(status: status)
      case (_, .failure(let reason)):
        state = .done
        return .failed(reason)
      default: return .failed("QEMU sent a message out of turn")
      }
    }
    return buffer.count > Self.limit ? .failed("QEMU sent a message without end") : .send(output)
  }
}
