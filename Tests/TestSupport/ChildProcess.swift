import CLinux
package import Essentials
import Glibc

/// A program that runs beside the test and is killed with it.
package final class ChildProcess: Sendable {
  package let identifier: Int32
  private let output: Int32

  /// Starts `program`, looked up in PATH, with its standard output readable here.
  package init(_ program: String, _ arguments: [String]) throws(Diagnostic) {
    var ends: [Int32] = [0, 0]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Diagnostic(.failed, "no pipe: \(errno)") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var identifier: Int32 = 0
    let code = posix_spawnp(&identifier, program, &actions, nil, &words, environ)
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

  /// Kills it with SIGKILL and waits until it's gone.
  package func kill() {
    Glibc.kill(identifier, SIGKILL)
    waitpid(identifier, nil, 0)
  }
}
