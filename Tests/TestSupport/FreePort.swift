import Essentials
import Glibc
import SystemPackage

package enum FreePort {
  /// A port of 127.0.0.1 that is free now.
  package static func find() throws -> UInt16 {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(handle) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let outcome = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, length) == 0 ? getsockname(handle, $0, &length) : -1
      }
    }
    guard outcome == 0 else { throw Diagnostic.system(.current, "find a free port for", "a test") }
    return UInt16(bigEndian: address.sin_port)
  }
}
