import Essentials
import Glibc
import Storage
import SystemPackage

/// Finds who listens on a TCP port, as far as this user may look.
enum PortHolder {
  /// As in `the process 'nginx' (4711)`, or nil where it can't be found.
  static func describe(_ port: UInt16) -> String? {
    let wanted = sockets(port)
    guard !wanted.isEmpty else { return nil }
    for process in (try? FolderListing.names(in: "/proc")) ?? [] {
      guard let pid = Int32(process), !descriptors(of: pid, for: wanted).isEmpty else { continue }
      let name = (try? DurableFile.read(FilePath("/proc/\(pid)/comm"), limit: 256)) ?? []
      return "the process '\(String(decoding: name.prefix { $0 != 10 }, as: UTF8.self))' (\(pid))"
    }
    return nil
  }

  /// The sockets that listen on `port`, as the kernel names them: `socket:[4711]`.
  static func sockets(_ port: UInt16) -> Set<String> {
    let inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path in
      listeners(port, table: (try? DurableFile.read(FilePath(path), limit: 16 << 20)) ?? [])
    }
    return Set(inodes.map { "socket:[\($0)]" })
  }

  /// The descriptors by which a process has one of `sockets`.
  static func descriptors(of pid: Int32, for sockets: Set<String>) -> [Int32] {
    let folder = FilePath("/proc/\(pid)/fd")
    return ((try? FolderListing.names(in: folder)) ?? []).filter { name in
      sockets.contains(link(folder.appending(name).string))
    }.compactMap { Int32($0) }
  }

  /// The inodes of the sockets that listen on `port`: fields 2 (local address), 4 (state, 0A is listening) and 10
  /// (inode) of the kernel's table.
  static func listeners(_ port: UInt16, table: [UInt8]) -> [String] {
    table.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
        UInt16(fields[1][fields[1].index(after: colon)...], radix: 16) == port
      else { return nil }
      return fields[9]
    }
  }

  private static func link(_ path: String) -> String {
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
    }
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
  }
}
