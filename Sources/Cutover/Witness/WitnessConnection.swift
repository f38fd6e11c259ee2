import Glibc

/// One connection of a witness, with the request that it has under way.
final class WitnessConnection {
  struct Exchange {
    var number: Int
    /// On the monotonic clock, in microseconds.
    var due: Int64
    var begun: Int64
    var method: WitnessPlan.Request.Method
    var kept: Bool
    var output: ArraySlice<UInt8>
    var reader: AnswerReader
  }

  enum Step {
    /// Nothing to do until something happens.
    case wait(writing: Bool)
    case answered(isReusable: Bool)
    case failed(WitnessFailure)
    /// It was idle, and is of no use any more.
    case gone

    var isWait: Bool {
      if case .wait = self { return true }
      return false
    }
  }

  let socket: Int32
  var exchange: Exchange?
  /// As the queue of events has it; from the beginning, for the connection itself.
  var isWatchedForWriting = true
  private var isConnected = false

  /// Begins to connect; nil where no socket is to be had.
  init?(_ address: sockaddr_in) {
    socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard socket >= 0 else { return nil }
    var on: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = address
    // Whatever it says now, it says again once it's looked at.
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  deinit { if socket >= 0 { close(socket) } }

  /// Whether it can take a request: nothing came meanwhile, not even its end.
  var isIdle: Bool {
    var byte: UInt8 = 0
    return recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < 0 && errno == EAGAIN
  }

  /// Sends what there is to send.
  func write() -> Step {
    guard exchange != nil else { return .wait(writing: false) }
    if !isConnected {
      var failure: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &length)
      guard failure == 0 else { return .failed(failure == ECONNREFUSED ? .refused : .unreachable) }
      isConnected = true
    }
    while let output = exchange?.output, !output.isEmpty {
      let count = output.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN { return .wait(writing: true) }
        // The answer may have come before, as with a request that is too large.
        let failure: WitnessFailure =
          errno == ECONNREFUSED ? .refused : errno == ENOTCONN ? .unreachable : .reset
        let step = read()
        if case .wait = step { return .failed(failure) }
        return step
      }
      exchange?.output = output.dropFirst(count)
    }
    return .wait(writing: false)
  }

  /// Takes what came.
  func read() -> Step {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = buffer.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return .wait(writing: !(exchange?.output.isEmpty ?? true)) }
      guard exchange != nil else { return .gone }
      if count < 0, !isConnected { return .failed(errno == ECONNREFUSED ? .refused : .unreachable) }
      let outcome =
        count > 0 ? exchange?.reader.receive(buffer[..<count]) : count == 0 ? exchange?.reader.end() : .more
      switch outcome {
      case .done(let isReusable):
        return .answered(isReusable: isReusable && exchange?.output.isEmpty ?? false)
      case .garbled, nil: return .failed(.garbled)
      case .more:
        if count > 0 { continue }
        if exchange?.reader.hasBegun ?? false { return .failed(.cut) }
        return .failed(count == 0 ? .closed : .reset)
      }
    }
  }
}
