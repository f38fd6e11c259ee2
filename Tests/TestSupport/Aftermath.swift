import CLinux
package import Essentials
import Glibc
package import SystemPackage

/// A shell script that runs when the last reference goes, or when this process ends, however that happens.
///
/// The shell waits at the other end of a pipe, in a session of its own, so that what ends a test's processes from a
/// terminal doesn't end it.
package final class Aftermath: Sendable {
  private let identifier: Int32
  private let pipe: Int32

  /// - Parameters:
  ///   - script: what to do.
  ///   - arguments: `$1` and up.
  package init(_ script: String, _ arguments: [String]) throws(Diagnostic) {
    var ends: [Int32] = [0, 0]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Diagnostic(.failed, "no pipe: \(errno)") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    for stream: Int32 in [1, 2] {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
    }
    let words = ["setsid", "sh", "-c", "cat\n" + script, "sh"] + arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var identifier: Int32 = 0
    let code = posix_spawnp(&identifier, "setsid", &actions, nil, &pointers, environ)
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
  /// Ends the machines of the pools that are in `state`, by the process ids that QEMU has written there, and removes
  /// `folder`.
  package convenience init(endingMachinesIn state: FilePath, removing folder: FilePath) throws(Diagnostic) {
    try self.init(
      """
      for file in "$1"/*/*/qemu.pid; do
        [ -s "$file" ] && read -r pid <"$file" || continue
        case $(tr '\\0' ' ' <"/proc/$pid/cmdline") in *qemu-system*"-pidfile qemu.pid"*) ;; *) continue ;; esac
        kill -9 "$pid"
        tries=0
        while kill -0 "$pid" && [ $((tries += 1)) -lt 100 ]; do sleep 0.02; done
      done
      rm -rf "$2"
      """, [state.string, folder.string])
  }
}
