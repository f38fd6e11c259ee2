import Essentials
import Glibc
import SystemPackage

/// HAProxy's runtime socket: one command a connection, and its answer.
struct RuntimeSocket: Sendable {
  /// What became of a connection.
  enum Failure: Error, Hashable {
    /// Nobody listens.
    case absent
    case denied(String)
    /// No answer in time, or half of one.
    case silent
  }

  let path: FilePath
  private static let patience = Duration.seconds(5)
  private static let limit = 16 << 20

  /// What HAProxy answers, without the empty lines at its end.
  func ask(_ command: String) async throws -> String {
    let handle = try connected()
    defer { try? handle.close() }
    let deadline = ContinuousClock.now + Self.patience
    let line = Array((command + "\n").utf8)
    // One line is far smaller than the socket's buffer.
    let sent = line.withUnsafeBytes {
      send(handle.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard sent == line.count else { throw Failure.silent }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while answer.count < Self.limit {
      try await readable(handle, by: deadline)
      let count = buffer.withUnsafeMutableBytes { recv(handle.rawValue, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw Failure.silent }
      if count == 0 {
        // Each answer ends with an empty line; without it HAProxy went away while it spoke.
        guard answer.last == UInt8(ascii: "\n") else { throw Failure.silent }
        while answer.last == UInt8(ascii: "\n") { answer.removeLast() }
        return String(decoding: answer, as: UTF8.self)
      }
      answer += buffer[..<count]
    }
    throw Failure.silent
  }

  /// A socket's address holds 107 bytes at most, so it's reached by way of its folder, whose own path may be longer.
  private func connected() throws(Failure) -> FileDescriptor {
    let folder = path.removingLastComponent()
    let anchor = open(folder.isEmpty ? "." : folder.string, O_DIRECTORY | O_CLOEXEC)
    guard anchor >= 0 else { throw Self.failure(.current) }
    defer { close(anchor) }
    let opened = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard opened >= 0 else { throw Self.failure(.current) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let short = Array("/proc/self/fd/\(anchor)/\(path.lastComponent?.string ?? "")".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.prefix($0.count - 1)) }
    let outcome = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(opened, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard outcome == 0 else {
      let failure = Self.failure(.current)
      close(opened)
      throw failure
    }
    return FileDescriptor(rawValue: opened)
  }

  private static func failure(_ errno: Errno) -> Failure {
    switch errno {
    case .noSuchFileOrDirectory, .connectionRefused: .absent
    case .wouldBlock: .silent
    default: .denied(errno.text)
    }
  }

  /// An answer comes within a fraction of a millisecond, so the first look waits in place.
  private func readable(_ handle: FileDescriptor, by deadline: ContinuousClock.Instant) async throws {
    var patience: Int32 = 2
    while true {
      var entry = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
      if poll(&entry, 1, patience) > 0 { return }
      guard ContinuousClock.now < deadline else { throw Failure.silent }
      try await Task.sleep(for: .milliseconds(5))
      patience = 0
    }
  }
}
