import Essentials
import Glibc
import SystemPackage

/// The disk of an instance's state paths: a file with holes that an ext4 file system fills.
enum StateDisk {
  /// Makes the disk where there is none; one that is there is kept as it is, whatever its size.
  /// - Parameter bytes: its size.
  static func prepare(_ path: FilePath, bytes: Int64) async throws {
    if access(path.string, F_OK) == 0 { return }
    let temporary = FilePath(path.string + ".new")
    try attempt("create the state disk", path) {
      let file = try FileDescriptor.open(
        temporary, .readWrite, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
      try file.closeAfter {
        guard ftruncate(file.rawValue, off_t(bytes)) == 0 else { throw Errno.current }
      }
    }
    do {
      var command = Command("mke2fs", ["-q", "-F", "-t", "ext4", "-m", "0", "-L", "state", temporary.string])
      command.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]
      _ = try await command.output()
      guard rename(temporary.string, path.string) == 0 else {
        throw Diagnostic.system(.current, "create", path)
      }
    } catch {
      unlink(temporary.string)
      guard let diagnostic = error as? Diagnostic else { throw error }
      throw diagnostic.message.contains("isn't installed")
        ? diagnostic.hint("the state disk needs mke2fs: apt-get install e2fsprogs") : diagnostic
    }
  }
}
