package import Essentials
import Images

/// What to boot, and how.
package struct BootRequest: Sendable {
  package var image: BootImage
  /// The pool's name; the recipe's where nil.
  package var name: String?
  /// A name for the image, to tell the guests.
  package var release: String?
  package var role = Role.test
  /// Whether the instances begin with the image's unit of standby active, and so do no work of their own accord.
  package var standby = false
  /// Whether the boot waits until the sanity checks pass. A release whose migrations aren't applied yet can't pass
  /// them; ``PoolStore/waitUntilHealthy(_:)`` waits for that later.
  package var awaitsSanity = true
  /// How many instances.
  package var count = 1
  /// Each instance's, in MiB.
  package var memory = 1024
  package var processors = 2
  /// Leads to port 80 of the first instance, the next one to the second's, and so on; free ports where nil.
  package var port: UInt16?
  /// Ports of the guest to forward beside 80 and those of the sanity checks, from free ports.
  package var guestPorts: [UInt16] = []
  /// The services that the guests reach; nothing else leads out of them.
  package var reach: [Reach] = []
  /// Values by name, read with ``SecretsSource/values(environment:warn:)``.
  package var secrets: [String: Secret] = [:]
  /// How large each state disk may grow, in bytes.
  package var stateSize: Int64 = 4 << 30
  /// How long a guest may take to start; the accelerator's patience where nil.
  package var patience: Duration?
  /// Whether instances go on where the start fails, to be looked at.
  package var keepsFailed = false
  /// Overrides what a probe would find.
  package var accelerator: Accelerator?
  /// The store that holds the image, to be told of the pool.
  package var storePath: String?

  package init(image: BootImage) { self.image = image }

  var settings: PoolSettings {
    PoolSettings(
      memory: memory, processors: processors, stateSize: stateSize, port: port, guestPorts: guestPorts,
      reach: reach)
  }

  /// The ports of the guest to forward, 80 first.
  var forwarded: [UInt16] {
    var ports: [UInt16] = [80]
    for port in image.machine.sanity.compactMap({ UInt16(exactly: $0.port) }) + guestPorts
    where port > 0 && !ports.contains(port) { ports.append(port) }
    return ports
  }
}
