import Essentials
import Glibc
import SystemPackage

/// One GET to a port of 127.0.0.1, with no redirect followed and every status an answer.
///
/// In HTTP/1.0, so that the body comes in one piece and ends with the connection.
struct HTTPProbe {
  struct Answer: Hashable {
    var status: Int
    /// 64 KiB at most.
    var body: [UInt8]
  }

  /// Why there was no answer; a text to show.
  struct Failure: Error, Hashable { var reason: String }

  var port: UInt16
  /// Path and query.
  var target: String
  /// Whether to speak as a balancer that has taken the encryption off, so that a live application answers instead of
  /// sending its client to https.
  var secure: Bool

  private static let limit = 64 << 10

  func answer(within patience: Duration) async throws -> Answer {
    let deadline = ContinuousClock.now + patience
    let handle = try await connected(by: deadline)
    defer { try? handle.close() }
    var request = "GET \(target) HTTP/1.0\r\nHost: localhost\r\nUser-Agent: hardtack\r\nAccept: */*\r\n"
    if secure { request += "X-Forwarded-Proto: https\r\n" }
    let bytes = Array((request + "\r\n").utf8)
    let sent = bytes.withUnsafeBytes {
      send(handle.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard sent == bytes.count else { throw Failure(reason: "the request could not be sent") }
    var received: [UInt8] = []
    while received.count < Self.limit {
      guard try await Readable.wait(handle, by: deadline) else {
        throw Failure(reason: "no answer within \(patience)")
      }
      let piece = try Readable.read(handle)
      if piece.isEmpty { break }
      received += piece
    }
    guard let answer = Self.parse(received) else {
      throw Failure(
        reason: received.isEmpty ? "the connection was closed without an answer" : "no HTTP answer")
    }
    return answer
  }

  private func connected(by deadline: ContinuousClock.Instant) async throws -> FileDescriptor {
    let opened = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard opened >= 0 else { throw Failure(reason: Errno.current.text) }
    let handle = FileDescriptor(rawValue: opened)
    do {
      var address = LoopbackPort.loopback(port)
      let outcome = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(opened, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if outcome != 0 {
        guard errno == EINPROGRESS else { throw Failure(reason: Errno.current.text) }
        guard try await Readable.wait(handle, for: Int32(POLLOUT), by: deadline) else {
          throw Failure(reason: "no connection in time")
        }
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(opened, SOL_SOCKET, SO_ERROR, &failure, &length)
        guard failure == 0 else { throw Failure(reason: Errno(rawValue: failure).text) }
      }
      return handle
    } catch {
      try? handle.close()
      throw error
    }
  }

  /// The status line and the body: RFC 9112, as far as an answer in HTTP/1.0 goes.
  static func parse(_ bytes: [UInt8]) -> Answer? {
    guard bytes.starts(with: "HTTP/1.".utf8), let lineEnd = bytes.firstIndex(of: 10) else { return nil }
    let words = bytes[..<lineEnd].split(separator: UInt8(ascii: " "))
    guard words.count >= 2, let status = Int(String(decoding: words[1].prefix { $0 > 32 }, as: UTF8.self)),
      (100...599).contains(status)
    else { return nil }
    // The head ends with an empty line; bare line feeds are taken too.
    var index = lineEnd
    while let next = bytes[(index + 1)...].firstIndex(of: 10) {
      if bytes[(index + 1)..<next].allSatisfy({ $0 == 13 }) {
        return Answer(status: status, body: Array(bytes[(next + 1)...].prefix(limit)))
      }
      index = next
    }
    return nil
  }
}
