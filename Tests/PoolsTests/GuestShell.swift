import Essentials
import SystemPackage

@testable import Pools

/// The shell of a tiny machine, by its console's socket. `$b` is its busybox.
final class GuestShell {
  static let credentials = "/sys/firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials"

  private let socket: UnixSocket
  private var count = 0

  /// - Parameter folder: the instance's.
  init(_ folder: FilePath) throws {
    socket = try UnixSocket(folder: folder, name: InstanceFiles.shell)
    try socket.send(Array("b=/bin/busybox; $b stty -echo\n".utf8))
  }

  /// What `command` writes, without blanks at its ends.
  func run(_ command: String) async throws -> String {
    count += 1
    // The marks are put together by the shell, so that an echo of the line doesn't hold them.
    try socket.send(Array("$b echo 'begin'-\(count); \(command); $b echo 'end'-\(count)\n".utf8))
    var text = ""
    let (begin, end) = ("begin-\(count)", "end-\(count)")
    let deadline = ContinuousClock.now + .seconds(180)
    while true {
      guard let bytes = try await socket.receive(by: deadline), !bytes.isEmpty else {
        throw Diagnostic(.failed, "the guest's shell does not answer: \(text)")
      }
      text += String(decoding: bytes, as: UTF8.self)
      guard let start = text.firstRange(of: begin),
        let stop = text[start.upperBound...].firstRange(of: end)
      else { continue }
      return String(Tail.plain(text[start.upperBound..<stop.lowerBound].utf8))
    }
  }

  /// Gives it `command` without waiting.
  func begin(_ command: String) async throws { try socket.send(Array((command + "\n").utf8)) }
}
