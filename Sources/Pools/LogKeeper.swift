import Essentials
import Glibc
import SystemPackage

/// Beside each machine: what writes the guest's words into its logs, and bounds them, so that no guest fills the disk.
///
/// None of QEMU's character devices bounds a file: `file` and `logfile` append for ever, `ringbuf` loses all when the
/// machine ends, and a limit on the process (setrlimit(2)) would be one for the disk of the state too. So QEMU writes
/// into named pipes, and a shell at their other ends runs until the machine has closed them. Where that shell is killed,
/// the machine goes on without logs.
final class LogKeeper: Sendable {
  /// In bytes: `console.log` becomes `console.old.log` when it has grown to this.
  static let consoleLimit = 16 << 20
  /// In bytes: what the guest reports behind it is dropped.
  static let readyLimit = 4 << 20

  /// Opens both pipes for the keeper, `$0`, and when that's done leaves it alone in a session of its own.
  private static let opening = """
    umask 077
    exec 4<\(InstanceFiles.consolePipe) 3<\(InstanceFiles.readyPipe) >/dev/null 2>&1
    setsid sh -c "$0" sh "$@" <&4 4<&- &
    """

  /// Without a buffer (stdbuf) each word is in the log as soon as it's said.
  private static let keeping = """
    { stdbuf -o0 head -c "$2" <&3 >\(InstanceFiles.ready); exec cat <&3; } &
    exec 3<&-
    while stdbuf -o0 head -c "$1" >\(InstanceFiles.console) &&
      [ "$(stat -c %s \(InstanceFiles.console))" -ge "$1" ]; do
      mv \(InstanceFiles.console) \(InstanceFiles.consoleOlder)
    done
    exec cat
    """

  private static let pipes = [InstanceFiles.consolePipe, InstanceFiles.readyPipe]

  /// Both ends of each pipe, so that nobody waits for the other. Once they're closed here, the keeper lives as long as
  /// a machine has its ends.
  private let held: [Int32]

  /// Starts the keeper for the machine of `folder`, in a session of its own.
  init(in folder: FilePath, consoleLimit: Int = consoleLimit, readyLimit: Int = readyLimit) async throws {
    var held: [Int32] = []
    do {
      for name in Self.pipes {
        let path = folder.appending(name)
        guard mkfifo(path.string, 0o600) == 0 else { throw Diagnostic.system(.current, "create", path) }
        let handle = open(path.string, O_RDWR | O_CLOEXEC)
        guard handle >= 0 else { throw Diagnostic.system(.current, "open", path) }
        held.append(handle)
      }
      var command = Command(
        "sh", ["-c", Self.opening, Self.keeping, "\(consoleLimit)", "\(readyLimit)"],
        workingDirectory: folder)
      command.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
      _ = try await command.output()
    } catch {
      for handle in held { close(handle) }
      throw error
    }
    self.held = held
  }

  deinit { for handle in held { close(handle) } }

  /// Waits, two seconds at most, until all that an ended machine said is in its logs. It blocks, as
  /// ``Ending/kill(_:)`` does.
  static func finish(in folder: FilePath) {
    for _ in 0..<400 where isAtWork(in: folder) { usleep(5000) }
  }

  static func isAtWork(in folder: FilePath) -> Bool { pipes.contains { isRead(folder.appending($0)) } }

  /// Whether a process has the named pipe open for reading; fifo(7).
  private static func isRead(_ pipe: FilePath) -> Bool {
    let handle = open(pipe.string, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    guard handle >= 0 else { return false }
    close(handle)
    return true
  }
}
