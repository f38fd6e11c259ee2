import Essentials
import Glibc
import SystemPackage

/// What to do to one of the units that an image lists for the purpose.
package enum UnitOrder: Sendable, Hashable, CustomStringConvertible {
  case start(String)
  case stop(String)

  package var unit: String {
    switch self {
    case .start(let unit), .stop(let unit): unit
    }
  }

  package var description: String {
    switch self {
    case .start(let unit): "start \(unit)"
    case .stop(let unit): "stop \(unit)"
    }
  }
}

/// Gives orders to a guest by its port `hardtack.control`.
enum GuestControl {
  enum Order {
    /// Writes its services and state into the ready port.
    case report
    case poweroff
    /// Answered in the ready port, under the given identity of hexadecimal digits.
    case unit(UnitOrder, identity: String)

    var line: String {
      switch self {
      case .report: "report"
      case .poweroff: "poweroff"
      case .unit(.start(let unit), let identity): "start \(identity) \(unit)"
      case .unit(.stop(let unit), let identity): "stop \(identity) \(unit)"
      }
    }
  }

  /// - Returns: whether QEMU holds the other end; whether the guest listens can't be known.
  static func send(_ order: Order, to folder: FilePath) -> Bool {
    let path = folder.appending(InstanceFiles.control + ".in")
    // Without a reader the open fails at once instead of waiting for one.
    let handle = open(path.string, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    guard handle >= 0 else { return false }
    defer { close(handle) }
    let bytes = Array((order.line + "\n").utf8)
    return write(handle, bytes, bytes.count) == bytes.count
  }
}
