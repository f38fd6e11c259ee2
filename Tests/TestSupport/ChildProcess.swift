import CLinux
package import Essentials
import Glibc
import Synchronization
package import SystemPackage

/// A program that runs beside the test and is killed with it.
package final class ChildProcess: Sendable {
  package let identifier: Int32
  private let output: Int32
  /// Its number may be another process's since.
  private let hasEnded = Atomic(false)

  /// Starts `program`, looked up in PATH, with its standard output readable here.
  /// - Parameters:
  ///   - environment: the whole of it; nil passes this process's own on.
  ///   - error: the file that its standard error goes to; nil for this process's own.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, error: FilePath? = nil
  ) throws(Diagnostic) {
    var ends: [Int32] = [0, 0]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Diagnostic(.failed, "no pipe: \(errno)") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    if let error {
      posix_spawn_file_actions_addopen(&actions, 2, error.string, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    }
    var pairs: [UnsafeMutablePointer<CChar>?] =
      environment.map { $0.map { strdup("\($0.key)=\($0.value)") } + [nil] } ?? []
    defer { for pair in pairs { free(pair) } }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    // A thread of the pool that this may run on takes no signals, and its children would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var identifier: Int32 = 0
    let code =
      pairs.isEmpty
      ? posix_spawnp(&identifier, program, &actions, &attributes, &words, environ)
      : posix_spawnp(&identifier, program, &actions, &attributes, &words, &pairs)
    close(ends[1])
    guard code == 0 else {
      close(ends[0])
      throw Diagnostic(.failed, "cannot start \(program): \(String(cString: strerror(code)))")
    }
    self.identifier = identifier
    output = ends[0]
  }

  deinit {
    kill()
    close(output)
  }

  /// The next line of its output without the line feed; empty at the end.
  package func readLine() throws(Diagnostic) -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  /// Sends it `signal` and waits until it's gone.
  /// - Returns: its exit code; 128 and the signal's number where a signal ended it.
  package func end(by signal: Int32) -> Int32 {
    Glibc.kill(identifier, signal)
    var status: Int32 = 0
    waitpid(identifier, &status, 0)
    hasEnded.store(true, ordering: .relaxed)
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
  }

  /// Kills it with SIGKILL and waits until it's gone.
  package func kill() {
    guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
    Glibc.kill(identifier, SIGKILL)
    waitpid(identifier, nil, 0)
  }
}
