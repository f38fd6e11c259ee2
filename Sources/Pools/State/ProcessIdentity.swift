import Essentials
import Glibc
import SystemPackage

/// A process and not whatever has its number later: its number, when it started, and the kernel's run.
package struct ProcessIdentity: Codable, Sendable, Hashable {
  package var pid: Int32
  /// In clock ticks since the kernel started, as in `/proc/PID/stat`.
  package var started: UInt64
  package var boot: String

  /// The running process `pid`, or nil where there is none, or only what is left of one that has ended.
  package init?(running pid: Int32) {
    guard let started = Self.startTime(of: pid) else { return nil }
    self.pid = pid
    self.started = started
    boot = Self.bootIdentity
  }

  package var isAlive: Bool { boot == Self.bootIdentity && Self.startTime(of: pid) == started }

  /// Sends `signal`, unless the process has ended.
  @discardableResult
  package func send(_ signal: Int32) -> Bool { isAlive && kill(pid, signal) == 0 }

  /// The kernel's name for its current run.
  static let bootIdentity: String = {
    let bytes = (try? DurableFile.read("/proc/sys/kernel/random/boot_id", limit: 256)) ?? []
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }()

  /// Fields 3 (state) and 22 (starttime) of proc(5)'s `stat`; the name in field 2 may hold blanks and brackets.
  private static func startTime(of pid: Int32) -> UInt64? {
    guard pid > 0, let bytes = try? DurableFile.read(FilePath("/proc/\(pid)/stat"), limit: 4096),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let state = fields[0].first, !"ZX".utf8.contains(state) else { return nil }
    return UInt64(String(decoding: fields[19], as: UTF8.self))
  }
}
