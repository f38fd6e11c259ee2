import CLinux
import Essentials
import Glibc
import SystemPackage

/// How many connections may wait for QEMU at a port that leads into a machine.
///
/// QEMU's user network listens with a backlog of 1 (libslirp, tcpx_listen). When more connections come at once than a busy QEMU accepts, as those
/// that a swap has held do, the kernel keeps two and leaves the rest to retransmissions; a connection whose client believes it made
/// is reset after a hundred seconds of these, and its request is lost. A backlog is the socket's, and whoever has the socket may set it
/// again: listen(2) on a duplicate of QEMU's descriptor (pidfd_getfd(2), Linux 5.6).
enum ForwardBacklog {
  /// More than a load balancer gives to an instance; the kernel's own bound is `net.core.somaxconn`.
  private static let connections: Int32 = 4096

  /// Lets many connections wait at `ports`.
  /// - Parameters:
  ///   - ports: the host's, on which that process listens.
  ///   - pid: QEMU's.
  /// - Throws: the error where the system forbids it: `notPermitted` or `permissionDenied` where this user may not trace that process.
  static func widen(_ ports: [UInt16], of pid: Int32) throws(Errno) {
    for port in ports {
      let descriptors = PortHolder.descriptors(of: pid, for: PortHolder.sockets(port))
      // It listens there, so what it has open can't be seen.
      guard !descriptors.isEmpty else { throw .permissionDenied }
      for descriptor in descriptors {
        let own = hardtack_descriptor_of(pid, descriptor)
        guard own >= 0 else { throw .current }
        let outcome = listen(own, connections)
        let failure = Errno.current
        close(own)
        guard outcome == 0 else { throw failure }
      }
    }
  }
}
