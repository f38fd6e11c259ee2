import Essentials
import Images
import SystemPackage

extension PoolStore {
  /// Has an instance's guest start or stop a unit, and waits until it has.
  ///
  /// A guest carries out one order at a time, beside whatever else it does; it refuses others meanwhile, but for the stop
  /// of what is being started. Where this task is cancelled or time is up, the guest goes on by itself.
  /// - Parameters:
  ///   - name: the instance's name, or that of a pool with one instance.
  ///   - patience: how long it may take.
  /// - Returns: how long it took, as seen from here.
  /// - Throws: `usage` where the image doesn't list the unit among those of its recipe's `swap`; `checkFailed` where the
  ///   unit failed, with the end of its journal, or time was up; `locked` where the guest is at another order; `failed`
  ///   where the machine has ended, or doesn't listen.
  @discardableResult
  package func order(
    _ order: UnitOrder, instance name: String, patience: Duration
  ) async throws -> Duration {
    let (record, instance) = try instance(name)
    try requireListed(order, record, instance)
    guard instance.process?.isAlive ?? false else {
      throw Diagnostic(.failed, "cannot \(order): the instance '\(instance.name)' isn't running")
    }
    let wait = OrderWait(order: order, instance: instance, folder: folder(of: instance, in: record))
    return try await wait.run(patience: patience)
  }

  private func requireListed(
    _ order: UnitOrder, _ record: PoolRecord, _ instance: PoolRecord.Instance
  ) throws(Diagnostic) {
    let listed = record.swap?.all ?? []
    guard !listed.contains(order.unit) else { return }
    throw Diagnostic(
      .usage, "cannot \(order): the image of '\(instance.name)' doesn't list that unit for orders",
      hints: [
        listed.isEmpty
          ? "name it in the recipe's 'swap', and bake anew" : "it lists \(listed.joined(separator: ", "))"
      ])
  }

  /// Waits until each running instance of the pool passes its sanity checks, each check as long as its recipe says.
  /// - Throws: `checkFailed` where one doesn't, with its last answer.
  package func waitUntilHealthy(_ name: String) async throws {
    let record = adopting(try pool(name))
    _ = try await record.instances.concurrentMap(limit: record.instances.count) { instance in
      guard let process = instance.process, process.isAlive else { return }
      let probe = SanityProbe(instance: instance.name, forwards: instance.forwards, role: record.role)
      for check in record.sanity { try await probe.wait(for: check) { process.isAlive } }
    }
  }
}

/// Gives one order and waits for its answer.
struct OrderWait {
  var order: UnitOrder
  var instance: PoolRecord.Instance
  var folder: FilePath

  /// A guest that listens takes an order at once, however long it then is at it.
  private static let reaction = Duration.seconds(60)
  /// As many lines of a journal are kept.
  private static let limit = 40

  func run(patience: Duration) async throws -> Duration {
    let began = ContinuousClock.now
    let identity = Hexadecimal.text((0..<8).map { _ in UInt8.random(in: 0 ... .max) })
    var events = LineReader(folder.appending(InstanceFiles.ready))
    // What was reported before is no answer.
    var heard = 0
    while case let lines = events.next(), !lines.isEmpty { heard += lines.reduce(0) { $0 + $1.count + 1 } }
    guard heard < LogKeeper.readyLimit else {
      throw failure("it has reported so much that it is no longer heard").hint("replace the instance")
    }
    guard GuestControl.send(.unit(order, identity: identity), to: folder) else {
      throw failure("its control port takes no order")
    }
    var isTaken = false
    var journal: [String] = []
    while true {
      let alive = instance.process?.isAlive ?? false
      if !alive { LogKeeper.finish(in: folder) }
      for line in events.next() {
        switch GuestEvent(line: line) {
        case .taken(identity): isTaken = true
        case .said(identity, let line):
          if journal.count < Self.limit { journal.append(Tail.plain(line.utf8)) }
        case .done(identity, let result, let message):
          try judge(result, message, journal)
          return ContinuousClock.now - began
        default: break
        }
      }
      guard alive else { throw failure("the machine ended meanwhile") }
      let passed = ContinuousClock.now - began
      guard isTaken || passed < Self.reaction else {
        throw failure("the guest did not take the order within \(Self.reaction.components.seconds) s")
      }
      guard passed < patience else {
        throw Diagnostic(
          .checkFailed,
          "the instance '\(instance.name)' had not finished to \(order) after \(patience.components.seconds) s",
          hints: ["it goes on by itself; 'hardtack logs \(instance.name)' shows how far it is"])
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func judge(_ result: String, _ message: String, _ journal: [String]) throws(Diagnostic) {
    switch result {
    case "success": return
    case "refused", "busy":
      throw Diagnostic(
        result == "busy" ? .locked : .failed,
        "the instance '\(instance.name)' refused to \(order): \(message)"
      )
    default:
      throw Diagnostic(
        .checkFailed, "the instance '\(instance.name)' could not \(order): \(message)",
        notes: Command.tail(journal.joined(separator: "\n")),
        hints: ["'hardtack logs \(instance.name)' shows its whole log"])
    }
  }

  private func failure(_ reason: String) -> Diagnostic {
    Diagnostic(.failed, "the instance '\(instance.name)' could not \(order): \(reason)")
  }
}
