import Essentials
import Glibc
import SystemPackage

/// A connected stream socket of the Unix domain.
final class UnixSocket: Sendable {
  let handle: FileDescriptor

  /// Connects to the socket `name` in `folder`. A socket's address holds 107 bytes at most, so it's reached by way of the
  /// open folder, whose own path may be longer.
  init(folder: FilePath, name: String) throws(Diagnostic) {
    let path = folder.appending(name)
    handle = try attempt("connect to", path) {
      let anchor = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
      defer { try? anchor.close() }
      let opened = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard opened >= 0 else { throw Errno.current }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let short = Array("/proc/self/fd/\(anchor.rawValue)/\(name)".utf8)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.prefix($0.count - 1)) }
      let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(opened, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      guard connected == 0 else {
        let failure = Errno.current
        close(opened)
        throw failure
      }
      return FileDescriptor(rawValue: opened)
    }
  }

  deinit { try? handle.close() }

  func send(_ bytes: [UInt8]) throws(Diagnostic) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(handle.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw Diagnostic(.failed, "cannot send to QEMU: \(Errno.current.text)")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// What comes next: no bytes at the stream's end, nil where nothing comes by `deadline`.
  func receive(by deadline: ContinuousClock.Instant) async throws -> [UInt8]? {
    guard try await Readable.wait(handle, by: deadline) else { return nil }
    return try Readable.read(handle)
  }
}
