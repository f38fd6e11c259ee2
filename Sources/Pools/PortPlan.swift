import Essentials
import SystemPackage

/// Which ports of the host lead into which instance.
struct PortPlan {
  var pools: PoolStore

  /// The forwards of each instance.
  /// - Parameter numbers: the instances', which their names end with.
  /// - Throws: `usage` where a port that was asked for is taken, naming who has it where that can be known.
  func forwards(for request: BootRequest, numbers: [Int]) throws(Diagnostic) -> [[PoolRecord.Forward]] {
    var taken: Set<UInt16> = []
    var plan: [[PoolRecord.Forward]] = []
    for number in numbers {
      var forwards: [PoolRecord.Forward] = []
      for guest in request.forwarded {
        let host: UInt16
        if guest == 80, let port = request.port {
          guard port > 0, let wanted = UInt16(exactly: Int(port) + number - 1) else {
            throw Diagnostic(.usage, "\(numbers.max() ?? 1) ports from \(port) on go past 65535")
          }
          try check(wanted)
          host = wanted
        } else {
          host = try free(besides: taken)
        }
        taken.insert(host)
        forwards.append(PoolRecord.Forward(host: host, guest: guest))
      }
      plan.append(forwards)
    }
    return plan
  }

  private func free(besides taken: Set<UInt16>) throws(Diagnostic) -> UInt16 {
    for _ in 0..<64 {
      let port = try LoopbackPort.free()
      if !taken.contains(port) { return port }
    }
    throw Diagnostic(.failed, "no port of 127.0.0.1 is free")
  }

  private func check(_ port: UInt16) throws(Diagnostic) {
    guard let obstacle = LoopbackPort.obstacle(to: port) else { return }
    guard obstacle == .addressInUse else {
      throw Diagnostic(
        .usage, "the port \(port) of 127.0.0.1 can't be used: \(obstacle.text)",
        hints: port < 1024 ? ["ports below 1024 are root's; name a higher one with --port"] : [])
    }
    let holder = instance(with: port) ?? PortHolder.describe(port)
    throw Diagnostic(
      .usage, "the port \(port) of 127.0.0.1 is in use" + (holder.map { " by \($0)" } ?? ""),
      hints: ["name another port with --port, or leave it out to get a free one"])
  }

  private func instance(with port: UInt16) -> String? {
    for name in (try? pools.names()) ?? [] {
      guard let record = try? pools.pool(name) else { continue }
      let instance = record.instances.first { instance in
        instance.process?.isAlive ?? false && instance.forwards.contains { $0.host == port }
      }
      if let instance { return "the instance '\(instance.name)' of the pool '\(name)'" }
    }
    return nil
  }
}
