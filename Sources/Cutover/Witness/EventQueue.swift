import CLinux
import Essentials
import Glibc
import SystemPackage

/// What happens to many sockets, epoll(7), with a clock that wakes it to the microsecond.
final class EventQueue {
  struct Event {
    var socket: Int32
    var isWritable: Bool
  }

  private let queue: Int32
  private let timer: Int32
  private var buffer = [epoll_event](repeating: epoll_event(), count: 256)

  init() throws(Diagnostic) {
    queue = epoll_create1(Int32(EPOLL_CLOEXEC))
    timer = hardtack_timer()
    guard queue >= 0, timer >= 0, change(EPOLL_CTL_ADD, timer, EPOLLIN.rawValue) else {
      throw .system(.current, "watch", "sockets")
    }
  }

  deinit {
    close(timer)
    close(queue)
  }

  /// Watches a socket for what comes, and for room to write.
  func add(_ socket: Int32) -> Bool {
    change(EPOLL_CTL_ADD, socket, EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLOUT.rawValue)
  }

  /// Watches a socket for what comes, and for room to write where that is waited for.
  func watch(_ socket: Int32, writing: Bool) {
    _ = change(
      EPOLL_CTL_MOD, socket, EPOLLIN.rawValue | EPOLLRDHUP.rawValue | (writing ? EPOLLOUT.rawValue : 0))
  }

  private func change(_ action: Int32, _ socket: Int32, _ events: UInt32) -> Bool {
    var event = epoll_event()
    event.events = events
    event.data.fd = socket
    return epoll_ctl(queue, action, socket, &event) == 0
  }

  /// Waits until something happens or it's `time`.
  /// - Parameter time: on the monotonic clock, in microseconds.
  func wait(until time: Int64) -> [Event] {
    // All zero would switch it off.
    _ = hardtack_timer_set(timer, time / 1_000_000, max(1, time % 1_000_000 * 1000))
    let count = buffer.withUnsafeMutableBufferPointer {
      epoll_wait(queue, $0.baseAddress, Int32($0.count), 1000)
    }
    guard count > 0 else { return [] }
    return buffer[..<Int(count)].compactMap { event in
      guard event.data.fd != timer else { return nil }
      return Event(socket: event.data.fd, isWritable: event.events & EPOLLOUT.rawValue != 0)
    }
  }
}
