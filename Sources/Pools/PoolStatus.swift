package import Essentials
import Glibc
package import Images
import SystemPackage

/// A pool as it is now; it's what `hardtack pools --json` writes.
package struct PoolStatus: Codable, Sendable, Hashable {
  package enum State: String, Codable, Sendable {
    case starting
    case running
    /// Some machines run and others have ended.
    case degraded
    /// All machines have ended, and nobody stopped them.
    case dead
    case stopped
    /// The start failed.
    case failed
  }

  package struct Instance: Codable, Sendable, Hashable {
    package enum State: String, Codable, Sendable {
      case running
      /// A command adds it to the pool.
      case starting
      /// It ended and nobody stopped it.
      case dead
      case stopped
    }

    package var name: String
    package var state: State
    /// Whether it passes its sanity checks now; nil where it wasn't asked.
    package var healthy: Bool?
    /// How it fails them.
    package var complaint: String?
    package var forwards: [PoolRecord.Forward]
    package var pid: Int32?
    /// The seconds from the start of QEMU to readiness.
    package var readyAfter: Double?
    package var units: [GuestUnit]
    /// The end of the log of a machine that is dead.
    package var tail: [String]?
    /// The path of its log.
    package var log: String
  }

  package var name: String
  package var state: State
  package var recipe: String
  package var image: Digest
  package var release: String?
  package var role: Role
  package var accelerator: Accelerator
  /// In seconds since 1970.
  package var created: Int64
  /// In seconds.
  package var age: Int64
  /// The services that the guests reach.
  package var reach: [Reach]
  package var failure: String?
  package var instances: [Instance]

  init(_ stored: PoolRecord, in pools: PoolStore) {
    let record = pools.adopting(stored)
    name = record.name
    recipe = record.recipe
    image = record.image
    release = record.release
    role = record.role
    accelerator = record.accelerator
    created = record.created
    age = max(0, Int64(time(nil)) - record.created)
    reach = record.settings?.reach ?? []
    let killed = "the command that started it was killed before it was ready"
    let isCutOff = record.phase == .starting && !(record.starter?.isAlive ?? false)
    failure = isCutOff ? killed : record.failure
    instances = record.instances.map { instance in
      let log = pools.folder(of: instance, in: record).appending(InstanceFiles.console)
      let alive = instance.process?.isAlive ?? false
      let isAdded = instance.starter?.isAlive ?? false
      let isAbandoned = instance.starter != nil && !isAdded
      let state: Instance.State =
        isAdded
        ? .starting
        : alive
          ? .running
          : instance.process == nil && record.phase != .starting && !isAbandoned ? .stopped : .dead
      return Instance(
        name: instance.name, state: state, healthy: nil, complaint: isAbandoned ? killed : nil,
        forwards: instance.forwards,
        pid: alive ? instance.process?.pid : nil, readyAfter: instance.readyAfter, units: instance.units,
        tail: state == .dead ? Tail.lines(of: log, count: 20) : nil, log: log.string)
    }
    let running = instances.filter { $0.state == .running }.count
    let settled = instances.filter { $0.state != .starting }.count
    switch record.phase {
    case .starting where record.starter?.isAlive ?? false: state = .starting
    case .failed where running == 0: state = .failed
    case .stopped where running == 0: state = .stopped
    case _ where running == settled && running > 0: state = .running
    case _ where running == 0: state = .dead
    default: state = .degraded
    }
  }
}
