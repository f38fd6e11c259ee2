import Essentials
import Glibc
import SystemPackage

/// The program that carries a guest's connection to a service, a process each: `hardtack-relay HOST PORT`.
///
/// QEMU starts it for as long as the machine lives, so each machine has a copy in its folder: an upgrade of hardtack
/// changes nothing for machines that run.
enum RelayProgram {
  static let name = "hardtack-relay"

  /// Looks beside this program, and in `../libexec/hardtack` where it's installed.
  static func find() throws(Diagnostic) -> FilePath {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let own = FilePath(String(decoding: path, as: UTF8.self)).removingLastComponent()
    let candidates = [own, own.removingLastComponent().appending("libexec/hardtack")]
    for folder in candidates where access(folder.appending(name).string, X_OK) == 0 {
      return folder.appending(name)
    }
    throw Diagnostic(
      .failed,
      "the program \(name) isn't where hardtack is: in \(candidates.map { $0.string }.joined(separator: " or "))",
      hints: ["guests reach services through it; install hardtack whole, as by 'make install'"])
  }

  /// Copies `program` into the folder of an instance, and tries whether it runs there.
  static func install(_ program: FilePath, in folder: FilePath) async throws {
    let path = folder.appending(InstanceFiles.relay)
    try DurableFile.write(
      try DurableFile.read(program, limit: 64 << 20), to: path, mode: [.ownerReadWriteExecute])
    let outcome = try? await Command(path.string).run()
    guard outcome?.status == 0 else {
      throw Diagnostic(
        .failed, "no program can be run in \(folder), which guests need to reach services",
        hints: ["if its file system is mounted noexec, set HARDTACK_STATE to a folder elsewhere"])
    }
  }

  /// QEMU's option for one service. Its words are split as a shell's (GLib's g_shell_parse_argv), by QEMU's network
  /// library for each connection.
  static func option(_ way: Reach, in folder: FilePath) -> String {
    let program = folder.appending(InstanceFiles.relay).string
      .split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
    return "guestfwd=tcp:\(Reach.address):\(way.guestPort)-cmd:'\(program)' \(way.host) \(way.port)"
  }

  /// In bytes: what QEMU keeps of such an option; it would cut off the rest without a word (net/slirp.c).
  static let optionLimit = 1000
}
