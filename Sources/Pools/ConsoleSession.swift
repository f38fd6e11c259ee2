import Essentials
import Glibc
import SystemPackage

/// Carries bytes between a person and a guest's shell.
struct ConsoleSession {
  var socket: UnixSocket
  var input: FileDescriptor
  var output: FileDescriptor

  /// Ctrl-], as in telnet and virsh.
  static let escape: UInt8 = 0x1D

  /// Returns where the escape was pressed, or either end has ended.
  func run() async throws {
    var inputIsOpen = true
    var silence = ContinuousClock.now
    while true {
      var entries = [
        pollfd(fd: socket.handle.rawValue, events: Int16(POLLIN), revents: 0),
        pollfd(fd: inputIsOpen ? input.rawValue : -1, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&entries, 2, 0)
      if count <= 0 {
        if !inputIsOpen, ContinuousClock.now - silence > .seconds(1) { return }
        try await Task.sleep(for: .milliseconds(10))
        continue
      }
      if entries[0].revents != 0 {
        let bytes = try Readable.read(socket.handle)
        if bytes.isEmpty { return }
        _ = try attempt("write to", "the terminal") { try output.writeAll(bytes) }
        silence = .now
      }
      if entries[1].revents != 0 {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let read = buffer.withUnsafeMutableBytes { Glibc.read(input.rawValue, $0.baseAddress, $0.count) }
        if read < 0, errno == EINTR || errno == EAGAIN { continue }
        guard read > 0 else {
          inputIsOpen = false
          silence = .now
          continue
        }
        let typed = buffer[..<read]
        if let end = typed.firstIndex(of: Self.escape) {
          try socket.send(Array(typed[..<end]))
          return
        }
        try socket.send(Array(typed))
      }
    }
  }
}
