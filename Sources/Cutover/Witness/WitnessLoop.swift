import Essentials
import Glibc
import Synchronization
import SystemPackage

/// The work of a witness, on one thread. Times are microseconds of the monotonic clock.
final class WitnessLoop {
  final class Cancellation: Sendable {
    let isSet = Atomic(false)
  }

  private let plan: WitnessPlan
  private let stopFile: FilePath
  private let recorder: WitnessRecorder
  private let events: EventQueue
  private var address = sockaddr_in()
  private var connections: [Int32: WitnessConnection] = [:]
  /// The sockets of connections without a request, the last used last.
  private var idle: [Int32] = []
  private static let idleLimit = 256
  /// In the order in which they were due, so that the first to time out is in front.
  private var pending: [(number: Int, due: Int64, socket: Int32)] = []
  private var firstPending = 0
  private var underWay = 0
  /// What is to be added to the monotonic clock for the time since 1970: fixed, so that a set clock shows in no latency.
  private let offset: Int64
  private let patience: Int64

  init(_ plan: WitnessPlan, into path: FilePath) throws(Diagnostic) {
    try plan.check()
    guard inet_pton(AF_INET, plan.address, &address.sin_addr) == 1 else {
      throw Diagnostic(.usage, "'\(plan.address.printable)' is no IPv4 address")
    }
    self.plan = plan
    stopFile = Witness.stopFile(of: path)
    recorder = try WitnessRecorder(path)
    events = try EventQueue()
    offset = Self.time(CLOCK_REALTIME) - Self.time(CLOCK_MONOTONIC)
    patience = Int64(plan.timeout * 1e6)
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = plan.port.bigEndian
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
  }

  private static func time(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  private var now: Int64 { Self.time(CLOCK_MONOTONIC) }

  func run(until cancellation: Cancellation) throws(Diagnostic) {
    let start = now
    let end = start + Int64(plan.duration * 1e6)
    func due(_ number: Int) -> Int64 { start + Int64(Double(number) * 1e6 / plan.rate) }
    var next = 0
    var isStopping = false
    var flushAt = start
    while true {
      let time = now
      if cancellation.isSet.load(ordering: .relaxed) { break }
      if time >= flushAt {
        try recorder.flush()
        if access(stopFile.string, F_OK) == 0 { isStopping = true }
        flushAt = time + 100_000
      }
      // What happened meanwhile comes first: a connection that was closed takes no request.
      while !isStopping, due(next) <= time {
        guard due(next) < end else {
          isStopping = true
          break
        }
        begin(next, due: due(next))
        next += 1
      }
      expire(time)
      if isStopping, underWay == 0 { break }
      var wake = flushAt
      if !isStopping { wake = min(wake, due(next)) }
      if firstPending < pending.count { wake = min(wake, pending[firstPending].due + patience) }
      for event in events.wait(until: wake) {
        guard let connection = connections[event.socket] else { continue }
        // An answer may be there before all is sent.
        if event.isWritable, case let step = connection.write(), !step.isWait {
          settle(connection, step)
        } else {
          settle(connection, connection.read())
        }
      }
    }
    for entry in pending[firstPending...] { fail(entry, .unanswered) }
    try recorder.flush(isLast: true)
  }

  /// Sends a request by an idle connection or a new one.
  private func begin(_ number: Int, due: Int64) {
    let request = plan.request(number)
    let kept = plan.isKept(number)
    let exchange = WitnessConnection.Exchange(
      number: number, due: due, begun: now, method: request.method, kept: kept,
      output: plan.bytes(of: number, request, kept: kept)[...], reader: AnswerReader(header: plan.header))
    underWay += 1
    while kept, let socket = idle.popLast() {
      guard let connection = connections[socket] else { continue }
      guard connection.isIdle else {
        connections[socket] = nil
        continue
      }
      connection.exchange = exchange
      pending.append((number, due, socket))
      settle(connection, connection.write())
      return
    }
    guard let connection = WitnessConnection(address), events.add(connection.socket) else {
      record(exchange, .failed(.descriptors))
      return
    }
    connection.exchange = exchange
    connections[connection.socket] = connection
    pending.append((number, due, connection.socket))
  }

  private func settle(_ connection: WitnessConnection, _ step: WitnessConnection.Step) {
    switch step {
    case .wait(let writing):
      if writing != connection.isWatchedForWriting {
        events.watch(connection.socket, writing: writing)
        connection.isWatchedForWriting = writing
      }
    case .gone:
      idle.removeAll { $0 == connection.socket }
      connections[connection.socket] = nil
    case .answered(let isReusable):
      guard let exchange = connection.exchange else { return }
      record(exchange, .answered(exchange.reader.status))
      connection.exchange = nil
      if isReusable, exchange.kept, idle.count < Self.idleLimit {
        idle.append(connection.socket)
      } else {
        connections[connection.socket] = nil
      }
    case .failed(let failure):
      if let exchange = connection.exchange { record(exchange, .failed(failure)) }
      connection.exchange = nil
      connections[connection.socket] = nil
    }
  }

  /// Fails the requests that have waited too long, and forgets those that are done.
  private func expire(_ time: Int64) {
    while firstPending < pending.count {
      let entry = pending[firstPending]
      if connections[entry.socket]?.exchange?.number == entry.number {
        guard entry.due + patience <= time else { break }
        fail(entry, .timeout)
      }
      firstPending += 1
    }
    if firstPending > 4096, firstPending * 2 > pending.count {
      pending.removeFirst(firstPending)
      firstPending = 0
    }
  }

  private func fail(_ entry: (number: Int, due: Int64, socket: Int32), _ failure: WitnessFailure) {
    guard let connection = connections[entry.socket], let exchange = connection.exchange,
      exchange.number == entry.number
    else { return }
    settle(connection, .failed(failure))
  }

  private func record(_ exchange: WitnessConnection.Exchange, _ outcome: WitnessRecord.Outcome) {
    underWay -= 1
    recorder.append(
      WitnessRecord(
        number: exchange.number, due: exchange.due + offset, method: exchange.method, kept: exchange.kept,
        latency: max(0, now - exchange.due), outcome: outcome, answerer: exchange.reader.value,
        lag: max(0, exchange.begun - exchange.due)))
  }
}
