import Essentials
import Glibc
import Pools
import SystemPackage

extension PrivateCluster {
  /// Makes the cluster where there's none and starts it where it doesn't run, also after it, or the machine, was killed.
  package func start() async throws {
    try user.makeFolder(folder)
    let lock = try await ClusterLock(folder.appending("lock"))
    defer { lock.release() }
    try await make()
    if postmaster() != nil, try await becomesReady() { return }
    try user.makeFolder(socketFolder)
    try await waitForLastSessions()
    guard hasPort else { return try await startOnNewPort() }
    try await launch(try port())
  }

  /// Stops it: transactions are undone, what is committed is on the disk. It's no error where it doesn't run.
  package func stop() async throws {
    guard access(folder.string, F_OK) == 0 else { return }
    let lock = try await ClusterLock(folder.appending("lock"))
    defer { lock.release() }
    guard postmaster() != nil else { return }
    let control = try PostgreSQLPrograms.find("pg_ctl", version: try version())
    _ = try await user.command(
      control, ["stop", "-D", "data", "-m", "fast", "-w", "-t", "120"], in: folder
    ).output()
  }

  package var isRunning: Bool { postmaster() != nil }

  /// The server's process, or nil where it doesn't run.
  ///
  /// `postmaster.pid` may be a dead server's, and its number another process's since: it counts only where the process works in
  /// this cluster's folder, as every process of a server does.
  func postmaster() -> ProcessIdentity? {
    guard let pid = recordedProcess(), let process = ProcessIdentity(running: pid) else { return nil }
    var there = stat()
    var here = stat()
    guard stat("/proc/\(pid)/cwd", &there) == 0, stat(data.string, &here) == 0, there.st_ino == here.st_ino,
      there.st_dev == here.st_dev
    else { return nil }
    return process.isAlive ? process : nil
  }

  private var pidFile: FilePath { data.appending("postmaster.pid") }

  private func recordedProcess() -> Int32? {
    guard let bytes = try? DurableFile.read(pidFile, limit: 4096) else { return nil }
    return Int32(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self))
  }

  /// Starts it for the first time, on a port that nobody has.
  private func startOnNewPort() async throws {
    for _ in 0..<20 {
      // Below the ports that the kernel gives to outgoing connections (ip_local_port_range begins at 32768), so that none of them
      // has it when the server starts again.
      let port = UInt16.random(in: 15_000..<32_000)
      guard LoopbackPort.obstacle(to: port) == nil else { continue }
      // Written down first: a server that runs on a port which nobody knows is of no use.
      try remember(port)
      return try await launch(port)
    }
    throw Diagnostic(.failed, "no port of 127.0.0.1 between 15000 and 32000 is free")
  }

  private func launch(_ port: UInt16) async throws {
    try configure(port)
    try disownRecycledProcess()
    // This one has the same number in it, and guards a folder that only this cluster's servers use.
    unlink(socketFolder.appending(".s.PGSQL.\(port).lock").string)
    // Relative paths: pg_ctl hands them to a shell.
    let control = try PostgreSQLPrograms.find("pg_ctl", version: try version())
    let result = try await user.command(
      control, ["start", "-D", "data", "-l", "start.log", "-w", "-t", "600", "-s"], in: folder
    ).run()
    guard result.status != 0 else { return }
    let text = try await user.command(
      "/bin/sh", ["-c", "tail -qn 12 \"$(ls -t log/*.log | head -n 1)\" 2>&1 || tail -n 12 start.log"],
      in: folder
    ).run().outputText
    let notes = Command.tail(text, lines: 12)
    if text.contains("could not bind"), LoopbackPort.obstacle(to: port) != nil {
      throw Diagnostic(
        .failed, "PostgreSQL's port \(port) is taken, and the guests were told no other", notes: notes,
        hints: ["end what listens on 127.0.0.1:\(port) ('ss -ltnp' shows it), then run the command again"])
    }
    throw Diagnostic(
      .failed, "PostgreSQL doesn't start in \(data)", notes: notes,
      hints: ["see \(folder)/log and \(folder)/start.log; a full disk is a common reason"])
  }

  /// Waits for a server that is starting.
  /// - Returns: false where it ends meanwhile.
  private func becomesReady() async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(600)
    let psql = PSQL(address: try address(), session: "hardtack start")
    while true {
      let outcome = try await psql.attempt(["SELECT"], in: "postgres")
      guard case .failure(let failed) = outcome else { return true }
      guard postmaster() != nil else { return false }
      guard ContinuousClock.now < deadline else { throw failed.diagnostic }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// After a kill -9 of the server, its sessions end by themselves, within moments; until then the next can't start.
  private func waitForLastSessions() async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline, hasAttachedSessions() {
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Whether a process still uses the shared memory that the dead server made: line 7 of `postmaster.pid` is its key and number.
  private func hasAttachedSessions() -> Bool {
    guard let bytes = try? DurableFile.read(pidFile, limit: 4096) else { return false }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 6, let number = lines[6].split(separator: " ").last.flatMap({ Int32($0) }) else {
      return false
    }
    var information = shmid_ds()
    return shmctl(number, IPC_STAT, &information) == 0 && information.shm_nattch > 0
      && information.shm_perm.uid == user.identifier
  }

  /// Where `postmaster.pid` names a living process that isn't this cluster's, or one that has ended and whose parent hasn't taken
  /// notice, PostgreSQL would take it for a running server.
  ///
  /// The file stays, since it tells the next server which shared memory to look at for sessions that outlived the last; but its process
  /// becomes one that can't exist: numbers are below PID_MAX_LIMIT, 4 Mi.
  private func disownRecycledProcess() throws(Diagnostic) {
    guard let pid = recordedProcess(), postmaster() == nil, kill(pid, 0) == 0 || errno == EPERM else {
      return
    }
    let bytes = try DurableFile.read(pidFile, limit: 4096)
    var information = stat()
    guard stat(pidFile.string, &information) == 0 else { return }
    try DurableFile.write(
      Array("4194304".utf8) + bytes.drop { $0 != 10 }, to: pidFile, mode: [.ownerReadWrite])
    guard chown(pidFile.string, information.st_uid, information.st_gid) == 0 else {
      throw .system(.current, "give back", pidFile)
    }
  }
}

/// Held by who starts or stops the server; waited for.
private struct ClusterLock {
  private let file: FileDescriptor

  init(_ path: FilePath) async throws {
    file = try attempt("open", path) {
      try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec, .noFollow], permissions: [.ownerReadWrite])
    }
    while flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
      do { try await Task.sleep(for: .milliseconds(20)) } catch {
        try? file.close()
        throw error
      }
    }
  }

  func release() {
    flock(file.rawValue, LOCK_UN)
    try? file.close()
  }
}
