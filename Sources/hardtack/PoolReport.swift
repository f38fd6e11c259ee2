import Essentials
import Images
import Pools

/// Pools as tables.
enum PoolReport {
  static func table(_ pools: [PoolStatus]) -> [[String]] {
    var rows = [["INSTANCE", "STATE", "HEALTH", "RELEASE", "ROLE", "AGE", "ADDRESS"]]
    for pool in pools {
      for instance in pool.instances {
        rows.append([
          instance.name, instance.state.rawValue,
          instance.healthy.map { $0 ? "healthy" : "failing" } ?? "-", pool.release ?? pool.image.short,
          pool.role.rawValue, age(pool.age), address(instance),
        ])
      }
    }
    return rows
  }

  /// The slowest units of each machine, with the time that each took to start.
  static func starts(of pool: PoolStatus) {
    for instance in pool.instances {
      let started = instance.units.filter { $0.active > $0.began && $0.began > 0 }
      let slowest = started.map { ($0.name, Double($0.active - $0.began) / 1_000_000) }
        .sorted { $0.1 > $1.1 }.prefix(6)
      let units = slowest.map { "\($0.0) \(seconds($0.1))" }.joined(separator: ", ")
      let ready = instance.readyAfter.map { "ready after \(seconds($0))" } ?? "not ready"
      print("\(instance.name): \(ready)\(units.isEmpty ? "" : "; slowest units: \(units)")")
    }
  }

  /// What a person should see of pools whose start failed, and of machines that are dead or fail their checks.
  static func complaints(_ pools: [PoolStatus]) -> [String] {
    let failures = pools.filter { $0.state != .stopped }.compactMap { pool in
      pool.failure.map { "\(pool.name): \($0)" }
    }
    return failures
      + pools.flatMap(\.instances).flatMap { instance -> [String] in
        var lines: [String] = []
        if let complaint = instance.complaint { lines.append("\(instance.name): \(complaint)") }
        if let tail = instance.tail, !tail.isEmpty {
          lines.append("\(instance.name) is dead; its console ended with")
          lines += tail.map { "  | " + $0 }
        }
        return lines
      }
  }

  private static func address(_ instance: PoolStatus.Instance) -> String {
    instance.forwards.map { "127.0.0.1:\($0.host) -> \($0.guest)" }.joined(separator: ", ")
  }

  private static func seconds(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }

  private static func age(_ seconds: Int64) -> String {
    switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<86400: "\(seconds / 3600) h"
    default: "\(seconds / 86400) d"
    }
  }
}
