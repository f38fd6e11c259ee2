import Essentials
import Glibc
import SystemPackage

/// Waiting for sockets without holding a thread.
enum Readable {
  /// Whether `events` (as for poll(2)), an error or the end has come by `deadline`.
  /// - Throws: `CancellationError` alone.
  static func wait(
    _ handle: FileDescriptor, for events: Int32 = Int32(POLLIN), by deadline: ContinuousClock.Instant
  ) async throws -> Bool {
    var pause = Duration.milliseconds(1)
    while true {
      var entry = pollfd(fd: handle.rawValue, events: Int16(events), revents: 0)
      if poll(&entry, 1, 0) > 0 { return true }
      guard ContinuousClock.now < deadline else { return false }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(20))
    }
  }

  /// What can be read without waiting, 64 KiB at most; no bytes at the end.
  static func read(_ handle: FileDescriptor) throws(Diagnostic) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = buffer.withUnsafeMutableBytes { recv(handle.rawValue, $0.baseAddress, $0.count, 0) }
      if count >= 0 { return Array(buffer[..<count]) }
      guard errno == EINTR else {
        if errno == ECONNRESET { return [] }
        throw Diagnostic(.failed, "cannot read from a socket: \(Errno.current.text)")
      }
    }
  }
}
