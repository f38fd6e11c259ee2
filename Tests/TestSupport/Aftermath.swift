import CLinux
package import Essentials
import Glibc
package import SystemPackage

/// A shell script that runs when the last reference goes, or when this process ends, however that happens.
///
/// The shell waits at the other end of a pipe, in a session of its own, so that what ends a test's processes from a
/// terminal doesn't end it. At last it removes the folder.
package final class Aftermath: Sendable {
  // What the script reads is there for as long as it runs.
  private let folder: TemporaryFolder
  private let identifier: Int32
  private let pipe: Int32

  /// - Parameters:
  ///   - script: what to do.
  ///   - folder: what the script reads and the test writes; `$1` is its path.
  ///   - arguments: `$2` and up.
  package init(_ script: String, in folder: TemporaryFolder, _ arguments: [String] = []) throws(Diagnostic) {
    self.folder = folder
    var ends: [Int32] = [0, 0]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Diagnostic(.failed, "no pipe: \(errno)") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    for stream: Int32 in [1, 2] {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
    }
    let steps = "cat\n" + script + "\nrm -rf \"$1\""
    let words = ["setsid", "sh", "-c", steps, "sh", folder.path.string] + arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    // A thread of the pool that this may run on takes no signals, and its children would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var identifier: Int32 = 0
    let code = posix_spawnp(&identifier, "setsid", &actions, &attributes, &pointers, environ)
    close(ends[0])
    guard code == 0 else {
      close(ends[1])
      throw Diagnostic(.failed, "cannot start setsid: \(String(cString: strerror(code)))")
    }
    self.identifier = identifier
    pipe = ends[1]
  }

  deinit {
    close(pipe)
    waitpid(identifier, nil, 0)
  }
}

extension Aftermath {
  /// Ends the machines of the pools whose state is in `state`, by the process ids that QEMU has written there.
  /// - Parameter folder: what holds `state`.
  package convenience init(endingMachinesIn state: FilePath, of folder: TemporaryFolder) throws(Diagnostic) {
    try self.init(
      """
      for file in "$2"/*/*/qemu.pid; do
        [ -s "$file" ] && read -r pid <"$file" || continue
        case $(tr '\\0' ' ' <"/proc/$pid/cmdline") in *qemu-system*"-pidfile qemu.pid"*) ;; *) continue ;; esac
        kill -9 "$pid"
        tries=0
        while kill -0 "$pid" && [ $((tries += 1)) -lt 100 ]; do sleep 0.02; done
      done
      """, in: folder, [state.string])
  }
}
