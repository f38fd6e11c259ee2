package import Essentials
import Glibc
package import SystemPackage

/// TCP ports of 127.0.0.1.
package enum LoopbackPort {
  /// Why `port` can't be had: `addressInUse` where somebody listens on it, `permissionDenied` where it takes
  /// privileges; nil where it can.
  package static func obstacle(to port: UInt16) -> Errno? {
    bound(to: port) == nil ? .current : nil
  }

  /// A port that is free now; somebody may take it before it's used.
  package static func free() throws(Diagnostic) -> UInt16 {
    guard let port = bound(to: 0) else {
      throw Diagnostic(.failed, "no port of 127.0.0.1 is free: \(Errno.current.text)")
    }
    return port
  }

  /// Binds `port` (0: any) and lets go of it; the port, or nil where it can't be had.
  private static func bound(to port: UInt16) -> UInt16? {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard handle >= 0 else { return nil }
    defer {
      let failure = errno
      close(handle)
      errno = failure
    }
    // As QEMU does: connections that linger from an earlier machine don't count.
    var on: Int32 = 1
    setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = loopback(port)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let outcome = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(handle, address, length) == 0, listen(handle, 1) == 0 else { return Int32(-1) }
        return getsockname(handle, address, &length)
      }
    }
    return outcome == 0 ? UInt16(bigEndian: address.sin_port) : nil
  }

  static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
