import Essentials
import Glibc
import SystemPackage

extension PoolStore {
  /// Puts the terminal on standard input and output at an instance's shell, until Ctrl-] is pressed or the machine ends.
  ///
  /// Input that is no terminal is sent as it is, and its end ends the session once the guest has been silent for a second.
  /// - Parameter name: an instance's name, or that of a pool with one instance.
  /// - Throws: `locked` where another session is at the console.
  package func console(of name: String) async throws {
    let (record, instance) = try instance(name)
    guard instance.process?.isAlive ?? false else {
      throw Diagnostic(
        .failed, "the instance '\(instance.name)' isn't running",
        hints: ["'hardtack logs \(instance.name)' shows what it said last"])
    }
    let folder = folder(of: instance, in: record)
    let lock = try PoolLock(
      folder.appending(InstanceFiles.shellLock),
      refusal: Diagnostic(.locked, "another session is at the console of '\(instance.name)'"))
    defer { withExtendedLifetime(lock) {} }
    let socket = try UnixSocket(folder: folder, name: InstanceFiles.shell)
    let terminal = RawTerminal()
    defer { terminal.restore() }
    // A line feed makes a waiting shell show its prompt.
    if terminal.isTerminal { try socket.send([13]) }
    try await ConsoleSession(socket: socket, input: .standardInput, output: .standardOutput).run()
  }
}

/// Standard input without the line discipline, as a terminal's other end wants it.
struct RawTerminal {
  private let saved: termios?

  var isTerminal: Bool { saved != nil }

  init() {
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
      saved = nil
      return
    }
    saved = settings
    cfmakeraw(&settings)
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  func restore() {
    guard var settings = saved else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }
}
