import Essentials
import Glibc
import SystemPackage

/// Starts one instance's QEMU, which then lives on its own.
struct InstanceStart {
  var emulator: Emulator
  var machine: MachineArguments
  var folder: FilePath
  var stateSize: Int64
  var credentials: [String: [UInt8]]
  /// Nil where the guest reaches nothing.
  var relay: FilePath?

  /// - Returns: the machine's process; it outlives this one and its terminal.
  func start() async throws -> ProcessIdentity {
    try prepare()
    if machine.hasState {
      try await StateDisk.prepare(folder.appending(InstanceFiles.state), bytes: stateSize)
    }
    if let relay { try await RelayProgram.install(relay, in: folder) }
    // QEMU has read them when it detaches itself; then they're gone for good.
    var files: [String: MemoryFile] = [:]
    for (name, bytes) in credentials { files[name] = try MemoryFile("credential", bytes) }
    var machine = machine
    machine.credentials = files.mapValues(\.path)
    let keeper = try await Task { [folder] in try await LogKeeper(in: folder) }.value
    let command = Command(
      emulator.executable.string, machine.arguments, workingDirectory: folder)
    // Not a child of this task: a start that's cut off half way would leave a machine that nobody knows of.
    let result = try await Task { try await command.run() }.value
    withExtendedLifetime((files, keeper)) {}
    guard result.status == 0 else { throw failure(result) }
    guard let process = Self.process(in: folder, identity: machine.identity) else {
      LogKeeper.finish(in: folder)
      throw Diagnostic(
        .failed, "the machine '\(machine.instance)' ended as soon as it had started",
        notes: Tail.note("its console", folder.appending(InstanceFiles.console)))
    }
    return process
  }

  /// A fresh folder but for the disk of the state.
  private func prepare() throws(Diagnostic) {
    try DurableFile.createFolder(folder, mode: 0o700)
    for name in InstanceFiles.transient { unlink(folder.appending(name).string) }
    for name in [InstanceFiles.control + ".in", InstanceFiles.control + ".out"] {
      let path = folder.appending(name)
      guard mkfifo(path.string, 0o600) == 0 else { throw .system(.current, "create", path) }
    }
  }

  private func failure(_ result: Command.Result) -> Diagnostic {
    let diagnostic = Diagnostic(
      .failed, "QEMU did not start the instance '\(machine.instance)'", notes: Command.tail(result.errorText))
    guard result.errorText.contains("Could not set up host forwarding rule") else { return diagnostic }
    let ports = machine.forwards.map { "\($0.host)" }.joined(separator: ", ")
    return Diagnostic(
      .failed, "a port for the instance '\(machine.instance)' was taken while it started: one of \(ports)",
      hints: ["run the command again"])
  }

  /// The machine's process as its pid file has it, if it's that machine still.
  static func process(in folder: FilePath, identity: String) -> ProcessIdentity? {
    guard let bytes = try? DurableFile.read(folder.appending(InstanceFiles.pid), limit: 64),
      let pid = Int32(String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self)),
      let process = ProcessIdentity(running: pid),
      let line = try? DurableFile.read(FilePath("/proc/\(pid)/cmdline"), limit: 1 << 20),
      line.split(separator: 0).contains(where: { $0.elementsEqual(identity.utf8) })
    else { return nil }
    return process
  }
}
