import Essentials
import Glibc
import SystemPackage

/// The partition that the firmware starts from: a FAT file system that holds one program.
enum SystemPartition {
  /// FAT32's least, with room, in bytes.
  private static let leastSize: Int64 = 64 << 20

  /// Makes the file system in a file of its own.
  /// - Parameters:
  ///   - name: the program's, as in `BOOTX64.EFI`.
  ///   - epoch: the time that files carry, in seconds since 1970.
  ///   - serial: the file system's.
  ///   - scratch: an empty folder.
  /// - Returns: the file.
  static func make(
    _ program: [UInt8], named name: String, epoch: Int64, serial: UInt32, in scratch: FilePath
  ) async throws -> FilePath {
    let (image, file) = (scratch.appending("esp"), scratch.appending("program"))
    try DurableFile.write(program, to: file)
    try attempt("write", file) {
      let time = timespec(tv_sec: Int(epoch), tv_nsec: 0)
      guard utimensat(AT_FDCWD, file.string, [time, time], 0) == 0 else { throw Errno.current }
    }
    let needed = Int64(program.count) + Int64(program.count) / 16 + 4 << 20
    let size = max(leastSize, needed / PartitionTable.alignment * PartitionTable.alignment)
    try attempt("write", image) {
      let file = try FileDescriptor.open(
        image, .writeOnly, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
      try file.closeAfter { guard ftruncate(file.rawValue, off_t(size)) == 0 else { throw Errno.current } }
    }
    // mtools take the time of folders from SOURCE_DATE_EPOCH, and that of a file from it by -m.
    let environment = [
      "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC0", "MTOOLS_SKIP_CHECK": "1",
      "SOURCE_DATE_EPOCH": String(epoch),
    ]
    func run(_ program: String, _ arguments: String...) async throws {
      do {
        _ = try await Command(program, arguments, environment: environment).output()
      } catch let failure as Diagnostic {
        throw failure.hint("a disk takes Debian's packages dosfstools and mtools")
      }
    }
    let digits = Hexadecimal.text((0..<4).map { UInt8(truncatingIfNeeded: serial >> (24 - 8 * $0)) })
    try await run(
      "mkfs.fat", "--invariant", "-F", "32", "-S", "512", "-s", "1", "-i", digits, "-n", "ESP", image.string)
    try await run("mmd", "-i", image.string, "::/EFI", "::/EFI/BOOT")
    try await run("mcopy", "-m", "-i", image.string, file.string, "::/EFI/BOOT/\(name)")
    return image
  }
}
