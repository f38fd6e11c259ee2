import CLinux
import Essentials
import Glibc
import SystemPackage

/// Bytes that another program of the same user can open by a path, and that never touch a disk: they go with this process
/// or with the last reference.
final class MemoryFile: Sendable {
  private let file: FileDescriptor

  init(_ name: String, _ bytes: [UInt8]) throws(Diagnostic) {
    let descriptor = hardtack_memory_file(name)
    guard descriptor >= 0 else { throw .system(.current, "create in memory", FilePath(name)) }
    file = FileDescriptor(rawValue: descriptor)
    do {
      try file.writeAll(bytes)
    } catch {
      try? file.close()
      throw .system(error as? Errno ?? .ioError, "write to memory", FilePath(name))
    }
  }

  deinit { try? file.close() }

  /// Good for as long as this object lives.
  var path: String { "/proc/\(getpid())/fd/\(file.rawValue)" }
}
