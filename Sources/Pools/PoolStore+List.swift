import Essentials
import Images

extension PoolStore {
  /// Every pool as it is now, sorted by name.
  /// - Parameter probing: whether running instances are asked what their sanity checks ask, for three seconds each at most.
  package func list(probing: Bool = true) async throws -> [PoolStatus] {
    try await names().concurrentMap(limit: 8) { name in try await status(of: name, probing: probing) }
  }

  /// The pool `name` as it is now.
  package func status(of name: String, probing: Bool = true) async throws -> PoolStatus {
    let record = try pool(name)
    var status = PoolStatus(record, in: self)
    guard probing, !record.sanity.isEmpty, status.state != .starting else { return status }
    status.instances = try await status.instances.concurrentMap(limit: 8) { instance in
      guard instance.state == .running else { return instance }
      var instance = instance
      let probe = SanityProbe(instance: instance.name, forwards: instance.forwards, role: record.role)
      instance.healthy = true
      for check in record.sanity {
        guard let failure = try await probe.failure(of: check, within: .seconds(3)) else { continue }
        instance.healthy = false
        // That its start was cut off says more.
        instance.complaint = instance.complaint ?? "GET \(check.get): \(failure.summary)"
        break
      }
      return instance
    }
    return status
  }

  /// The instance that a person means: its own name, or a pool of only one instance.
  func instance(_ name: String) throws(Diagnostic) -> (PoolRecord, PoolRecord.Instance) {
    if exists(name) {
      let record = adopting(try pool(name))
      guard record.instances.count == 1, let only = record.instances.first else {
        let names = record.instances.map(\.name).joined(separator: ", ")
        throw Diagnostic(
          .usage, "the pool '\(name)' has \(record.instances.count) instances", hints: ["name one: \(names)"])
      }
      return (record, only)
    }
    if let hyphen = name.lastIndex(of: "-"), exists(String(name[..<hyphen])) {
      let record = adopting(try pool(String(name[..<hyphen])))
      if let found = record.instances.first(where: { $0.name == name }) { return (record, found) }
    }
    let record = try? pool(String(name[..<(name.lastIndex(of: "-") ?? name.endIndex)]))
    let pools = try names()
    let candidates = pools + (record?.instances.map(\.name) ?? [])
    throw Diagnostic(
      .usage, "there is no pool or instance '\(name)'",
      hints: [
        NearestName.hint(for: name, among: candidates)
          ?? (pools.isEmpty ? "'hardtack boot' starts one" : "'hardtack pools' lists them")
      ])
  }
}
