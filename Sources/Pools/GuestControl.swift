import Essentials
import Glibc
import SystemPackage

/// Gives orders to a guest by its port `hardtack.control`.
enum GuestControl {
  enum Order: String {
    /// Writes its services and state into the ready port.
    case report
    case poweroff
  }

  /// - Returns: whether QEMU holds the other end; whether the guest listens can't be known.
  static func send(_ order: Order, to folder: FilePath) -> Bool {
    let path = folder.appending(InstanceFiles.control + ".in")
    // Without a reader the open fails at once instead of waiting for one.
    let handle = open(path.string, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    guard handle >= 0 else { return false }
    defer { close(handle) }
    let bytes = Array((order.rawValue + "\n").utf8)
    return write(handle, bytes, bytes.count) == bytes.count
  }
}
