import Essentials
import Glibc
import SystemPackage

/// Ends machines: politely with a deadline, then by QEMU, then by the kernel.
enum Ending {
  enum Manner: String, Codable, Sendable {
    /// The guest shut itself down.
    case shutdown
    /// QEMU ended it when the guest had not.
    case quit
    /// The kernel ended QEMU.
    case killed
    /// It had ended before.
    case gone
  }

  /// Asks the guest by its control port, which needs no D-Bus, and by the power button, which needs no script.
  static func end(
    _ process: ProcessIdentity, in folder: FilePath, patience: Duration
  ) async throws -> Manner {
    guard process.isAlive else { return .gone }
    if patience > .zero {
      let asked = GuestControl.send(.poweroff, to: folder)
      let pressed = try await attempt("system_powerdown", in: folder)
      if asked || pressed, try await hasEnded(process, within: patience) { return .shutdown }
    }
    if try await attempt("quit", in: folder), try await hasEnded(process, within: .seconds(3)) {
      return .quit
    }
    kill(process)
    return .killed
  }

  private static func attempt(_ command: String, in folder: FilePath) async throws -> Bool {
    do {
      try await QMPClient.execute(command, in: folder, patience: .seconds(3))
      return true
    } catch is Diagnostic {
      return false
    }
  }

  private static func hasEnded(_ process: ProcessIdentity, within patience: Duration) async throws -> Bool {
    let deadline = ContinuousClock.now + patience
    while process.isAlive {
      guard ContinuousClock.now < deadline else { return false }
      try await Task.sleep(for: .milliseconds(20))
    }
    return true
  }

  /// Ends it at once and waits for that, two seconds at most. It blocks: it also serves where the task is cancelled.
  static func kill(_ process: ProcessIdentity) {
    guard process.send(SIGKILL) else { return }
    for _ in 0..<400 where process.isAlive { usleep(5000) }
  }
}
