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
  /// What the guest reports, a JSON object a line.
  static let ready = "ready.log"
  /// The named pipes of the control port: `.in` is the guest's input.
  static let control = "control"
  /// The disk of the state paths.
  static let state = "state.img"

  /// What means nothing once the machine has ended.
  static let live = [pid, qmp, shell, shellLock, control + ".in", control + ".out"]
  /// What each start makes anew.
  static let transient = live + [console, ready]
}
