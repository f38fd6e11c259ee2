import Essentials
import Glibc
import SystemPackage

extension HAProxy {
  /// What the script of ours says of the backend.
  struct HoldState {
    var epoch: Int
    /// In milliseconds: how long requests still wait.
    var left: Int
    var waiting: Int
  }

  /// Milliseconds since 1970.
  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// A word that HAProxy takes as a name.
  static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  /// What can be a path or host in a check; HAProxy reads `%` there as the begin of an expression.
  static func isWord(_ text: String) -> Bool {
    (1...1024).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"%\"\\$'".utf8.contains($0) }
  }

  func refuse(_ epoch: Int, because later: Int) throws(Diagnostic) {
    guard later > epoch else { return }
    throw Diagnostic(
      .locked, "the load balancer is claimed for a later swap: epoch \(later), this is \(epoch)",
      hints: ["see what runs: hardtack swap status"])
  }

  /// Makes a change: `body` gets what is written, brought up to what HAProxy says, under the lock and with the epoch
  /// checked.
  func change<Result>(_ body: (inout HAProxyRecord) async throws -> Result) async throws -> Result {
    guard let epoch = claimed.epoch else {
      throw Diagnostic(.bug, "the load balancer is to be changed, and was not claimed before")
    }
    return try await locked {
      var record = try HAProxyRecord(readFrom: settings.file) ?? HAProxyRecord(settings)
      try refuse(epoch, because: record.epoch)
      record.epoch = epoch
      if case .embedded = settings.kind, try await !isRunning() { try await start(record) }
      try refuse(epoch, because: try await holdState().epoch)
      record = try await current(record)
      return try await body(&record)
    }
  }

  /// The record with the servers as HAProxy has them now, whoever has told it.
  func current(_ record: HAProxyRecord) async throws -> HAProxyRecord {
    var result = record
    result.servers = try await state().servers.map { record.wanted(of: $0) }
    if let hold = record.hold, hold.ends <= Self.now { result.hold = nil }
    return result
  }

  func state() async throws -> HAProxyState {
    let stat = try await reviving { try await ask("show stat -1 6 -1") }
    let state = try await ask("show servers state \(settings.backend)")
    return try HAProxyState(stat: stat, state: state, backend: settings.backend)
  }

  func holdState() async throws -> HoldState {
    try await reviving { try await hardtack("status", "") }
  }

  /// Has `body` ask a HAProxy of ours that has died, once it's started again.
  private func reviving<Result>(_ body: () async throws -> Result) async throws -> Result {
    if case .embedded = settings.kind, let epoch = claimed.epoch, !isLocked, try await !isRunning() {
      try await locked {
        guard let record = try HAProxyRecord(readFrom: settings.file) else { return }
        try refuse(epoch, because: record.epoch)
        if try await !isRunning() { try await start(record) }
      }
    }
    return try await body()
  }

  /// One of the commands of ``HAProxyScript``.
  // Swift 6.3.1 crashes when it optimises this function (LLVM's splitting of coroutines).
  @_optimize(none)
  func hardtack(_ command: String, _ words: String) async throws -> HoldState {
    let answer = try await ask("hardtack \(command) \(settings.backend) \(words)")
    var values: [Substring: Int] = [:]
    for line in answer.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2 { values[words[0]] = Int(words[1]) }
    }
    guard let epoch = values["epoch"], let left = values["hold"], let waiting = values["waiting"] else {
      throw Diagnostic(
        .failed, "HAProxy at \(settings.socket) was started without \(settings.file)",
        notes: Command.tail(settings.instructions),
        hints: ["start it anew with what is shown above"])
    }
    if answer.hasPrefix("refused") { try refuse(claimed.epoch ?? epoch - 1, because: epoch) }
    return HoldState(epoch: epoch, left: left, waiting: waiting)
  }

  /// Has HAProxy do what it says nothing to where it's done.
  func tell(_ command: String) async throws {
    let answer = try await ask(command)
    guard answer.isEmpty else { throw refused("the command '\(command)'", answer) }
  }

  func refused(_ what: String, _ answer: String) -> Diagnostic {
    Diagnostic(.failed, "HAProxy refuses \(what)", notes: Command.tail(answer))
  }

  func ask(_ command: String) async throws -> String {
    do { return try await RuntimeSocket(path: settings.socket).ask(command) } catch let failure
      as RuntimeSocket.Failure
    { throw diagnostic(failure) }
  }

  func diagnostic(_ failure: RuntimeSocket.Failure) -> Diagnostic {
    let socket = settings.socket
    switch failure {
    case .silent:
      return Diagnostic(
        .failed, "HAProxy does not answer at \(socket)",
        hints: ["see whether the process is stopped or overloaded: top"])
    case .denied(let reason):
      return Diagnostic(
        .failed, "cannot connect to HAProxy's socket \(socket): \(reason)",
        hints: ["run hardtack as a user who may write to it"])
    case .absent:
      switch settings.kind {
      case .embedded: return Diagnostic(.failed, "the load balancer of \(settings.folder) isn't running")
      case .existing:
        return Diagnostic(
          .failed, "no HAProxy listens at \(socket)", notes: Command.tail(settings.instructions),
          hints: ["start it: systemctl start haproxy"])
      }
    }
  }
}

extension HAProxyRecord {
  func server(_ name: String) throws(Diagnostic) -> Server {
    if let server = servers.first(where: { $0.name == name }) { return server }
    throw Diagnostic(
      .failed, "the load balancer knows no server '\(name.printable)'",
      hints: NearestName.hint(for: name, among: servers.map(\.name)).map { [$0] } ?? [])
  }

  mutating func update(_ name: String, _ change: (inout Server) -> Void) {
    for index in servers.indices where servers[index].name == name { change(&servers[index]) }
  }

  /// What was wanted of a server that HAProxy has: a HAProxy that started anew has the weight 0 for one that drains.
  func wanted(of server: HAProxyState.Server) -> Server {
    var result = Server(
      name: server.name, port: server.port, state: server.state, weight: server.weight)
    if server.weight == 0, server.state != .maintenance,
      let written = servers.first(where: { $0.name == server.name && $0.state == .drain })
    {
      result.state = .drain
      result.weight = written.weight
    }
    return result
  }
}
