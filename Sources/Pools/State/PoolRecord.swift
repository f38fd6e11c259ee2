package import Essentials
package import Images

/// A pool as it's kept on disk, and what each of its instances was started with.
package struct PoolRecord: Codable, Sendable, Hashable {
  static let currentVersion = 1

  package enum Phase: String, Codable, Sendable {
    /// A command is starting it.
    case starting
    /// Every instance was ready.
    case ready
    /// Its start failed; ``PoolRecord/failure`` says how.
    case failed
    case stopped
  }

  package struct Instance: Codable, Sendable, Hashable {
    /// The host name, and the name of the instance's folder.
    package var name: String
    /// The machine's identity, as SMBIOS has it; it's on QEMU's command line.
    package var identity: String
    package var forwards: [Forward]
    /// The QEMU process; nil before it started and after it was stopped.
    package var process: ProcessIdentity?
    /// The command that adds it to a pool that runs, while it does.
    package var starter: ProcessIdentity?
    /// The guest's units as it reported them when it was ready.
    package var units: [GuestUnit] = []
    /// The seconds from the start of QEMU to the last sanity check's success; nil where it never came to that.
    package var readyAfter: Double?
  }

  /// A port of the host's loopback that leads into a guest.
  package struct Forward: Codable, Sendable, Hashable {
    package var host: UInt16
    package var guest: UInt16
  }

  package var version = currentVersion
  package var name: String
  package var image: Digest
  package var recipe: String
  package var release: String?
  package var role: Role
  package var accelerator: Accelerator
  /// In seconds since 1970.
  package var created: Int64
  package var phase: Phase
  package var failure: String?
  /// The store that holds the image.
  package var store: String?
  /// The command that starts it, while it does.
  package var starter: ProcessIdentity?
  package var sanity: [SanityCheck]
  /// The units that its instances take orders for.
  package var swap: SwapUnits?
  /// Nil where an older hardtack started the pool.
  package var settings: PoolSettings?
  package var instances: [Instance]
}

/// What a pool is for; guests read it as the credential `hardtack.role`.
package enum Role: String, Codable, Sendable, CaseIterable {
  case live
  case test
}
