import SystemPackage

/// The names of the files in an instance's folder.
enum InstanceFiles {
  static let pid = "qemu.pid"
  /// QEMU's control socket.
  static let qmp = "qmp.sock"
  /// The socket of the guest's shell.
  static let shell = "shell.sock"
  /// Held by whoever is at the console.
  static let shellLock = "shell.lock"
  /// What kernel, initrd, systemd and journal say.
  static let console = "console.log"
  /// What they said before, since the log grew to its limit.
  static let consoleOlder = "console.old.log"
  /// What the guest reports, a JSON object a line.
  static let ready = "ready.log"
  /// The named pipes through which QEMU writes both logs.
  static let consolePipe = "console.pipe"
  static let readyPipe = "ready.pipe"
  /// The named pipes of the control port: `.in` is the guest's input.
  static let control = "control"
  /// The program that carries the guest's connections to services.
  static let relay = "relay"
  /// The disk of the state paths.
  static let state = "state.img"

  /// What means nothing once the machine has ended.
  static let live = [
    pid, qmp, shell, shellLock, control + ".in", control + ".out", consolePipe, readyPipe, relay,
  ]
  /// What each start makes anew.
  static let transient = live + [console, consoleOlder, ready]

  /// The file whose lines come before those of `log`, which may not be there.
  static func older(than log: FilePath) -> FilePath? {
    log.lastComponent?.string == console ? log.removingLastComponent().appending(consoleOlder) : nil
  }
}
