import Essentials
import Glibc
import SystemPackage

/// Whether this machine has what the instances need, before any of them starts.
enum HostResources {
  /// What QEMU itself takes beside a guest's memory, in MiB, as measured under TCG with its buffer of translated code.
  private static let overhead = 192

  /// - Parameters:
  ///   - memory: each instance's, in MiB.
  static func checkMemory(instances: Int, memory: Int, information: [UInt8]? = nil) throws(Diagnostic) {
    guard let bytes = try? information ?? DurableFile.read("/proc/meminfo", limit: 64 << 10),
      let available = availableMemory(bytes)
    else { return }
    let needed = Int64(instances) * Int64(memory + overhead) << 20
    guard needed > available else { return }
    let one = instances == 1 ? "one instance needs" : "\(instances) instances need"
    throw Diagnostic(
      .failed, "not enough memory: \(one) \(ByteCount(needed)), and \(ByteCount(available)) are available",
      hints: ["boot fewer instances with --count, or smaller ones with --memory"])
  }

  /// `MemAvailable` of proc(5)'s `meminfo`, in bytes.
  static func availableMemory(_ bytes: [UInt8]) -> Int64? {
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "MemAvailable:".utf8) {
      let digits = line.filter { (48...57).contains($0) }
      return Int64(String(decoding: digits, as: UTF8.self)).map { $0 << 10 }
    }
    return nil
  }

  /// - Parameters:
  ///   - needed: what the new state disks may grow to, in bytes.
  ///   - folder: where they'll lie; it exists.
  static func checkDisk(_ needed: Int64, in folder: FilePath) throws(Diagnostic) {
    var information = statvfs()
    guard needed > 0, statvfs(folder.string, &information) == 0 else { return }
    let free = Int64(clamping: UInt64(information.f_bavail) * UInt64(information.f_frsize))
    guard needed > free else { return }
    throw Diagnostic(
      .failed,
      "not enough disk space: the state disks may grow to \(ByteCount(needed)), and \(folder) has \(ByteCount(free)) left",
      hints: [
        "free some space, ask for smaller disks with --state-size, or set HARDTACK_STATE to another folder"
      ])
  }
}
