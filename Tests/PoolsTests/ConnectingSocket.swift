import Glibc

@testable import Pools

/// A connection to a port of 127.0.0.1 that is being made.
final class ConnectingSocket {
  private let handle: Int32

  init(_ port: UInt16) {
    handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = LoopbackPort.loopback(port)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  deinit { close(handle) }

  /// How many of `sockets` are connected, when all are or time is up.
  static func connected(_ sockets: [ConnectingSocket], within limit: Duration) -> Int {
    let deadline = ContinuousClock.now + limit
    while true {
      let isLast = ContinuousClock.now >= deadline
      let count = sockets.count { $0.isConnected }
      if count == sockets.count || isLast { return count }
      usleep(1000)
    }
  }

  private var isConnected: Bool {
    var wanted = pollfd(fd: handle, events: Int16(POLLOUT), revents: 0)
    return poll(&wanted, 1, 0) == 1 && wanted.revents == Int16(POLLOUT)
  }
}
