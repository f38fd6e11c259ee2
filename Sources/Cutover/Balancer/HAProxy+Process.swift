import Essentials
import FoundationEssentials
import Glibc
import Pools
import SystemPackage

extension HAProxy {
  private var processFile: FilePath { settings.folder.appending("process.json") }

  /// Ends a HAProxy of ours, and the connections that it has; its configuration stays. It's no error where none runs.
  package func stop() async throws {
    guard case .embedded = settings.kind else {
      throw Diagnostic(.usage, "HAProxy at \(settings.socket) isn't hardtack's to stop")
    }
    guard access(settings.folder.string, F_OK) == 0 else { return }
    try await locked {
      if let epoch = claimed.epoch {
        try refuse(epoch, because: try HAProxyRecord(readFrom: settings.file)?.epoch ?? 0)
      }
      guard let process = try await process() else { return }
      process.send(SIGTERM)
      for _ in 0..<400 where process.isAlive { try await Task.sleep(for: .milliseconds(5)) }
      process.send(SIGKILL)
      for _ in 0..<400 where process.isAlive { try await Task.sleep(for: .milliseconds(5)) }
      unlink(processFile.string)
      unlink(settings.socket.string)
    }
  }

  /// The process that listens on the socket, else the one that was started last.
  private func process() async throws -> ProcessIdentity? {
    if let pid = try? await pid() { return ProcessIdentity(running: pid) }
    guard let bytes = try? DurableFile.read(processFile, limit: 4096),
      let known = try? JSONDecoder().decode(ProcessIdentity.self, from: Data(bytes)), known.isAlive
    else { return nil }
    return known
  }

  private func pid() async throws -> Int32? {
    try await ask("show info").split(separator: "\n").first { $0.hasPrefix("Pid: ") }.flatMap {
      Int32($0.dropFirst(5))
    }
  }

  /// Whether somebody listens on the socket. HAProxy does before it's in the background, and no longer once it's gone.
  func isRunning() async throws -> Bool {
    do {
      _ = try await RuntimeSocket(path: settings.socket).ask("show version")
      return true
    } catch RuntimeSocket.Failure.absent {
      return false
    } catch let failure as RuntimeSocket.Failure {
      throw diagnostic(failure)
    }
  }

  /// - Throws: where it listens elsewhere than it should.
  func checkUnchanged(_ record: HAProxyRecord) throws(Diagnostic) {
    let wanted = HAProxyRecord(settings)
    guard record.listen != wanted.listen else { return }
    throw Diagnostic(
      .failed,
      "the load balancer of \(settings.folder) listens at \(record.listen ?? "?"), not at \(wanted.listen ?? "?")",
      hints: ["go on with the old address, or stop it first"])
  }

  /// Starts HAProxy with what is written, in the background (`-D`), so that it outlives this process.
  ///
  /// There is no master process beside it: a master that loses its worker ends too, so it would keep nothing alive, and
  /// what it's for, reloading, isn't needed.
  func start(_ record: HAProxyRecord) async throws {
    guard case .embedded(let address, let port) = settings.kind else { return }
    try write(record)
    let executable = try executable()
    var command = Command(
      executable.string, ["-D", "-C", settings.folder.string, "-f", Self.absolute(settings.file).string],
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    command.mergesError = true
    let result = try await command.run()
    guard result.status == 0 else {
      let said = result.outputText
      guard said.contains("cannot bind socket") else {
        throw Diagnostic(
          .failed, "HAProxy does not start", notes: Command.tail(said),
          hints: [
            "see what it makes of its configuration: haproxy -c -C \(settings.folder) -f \(settings.file)"
          ])
      }
      let holder = await Self.holder(of: port)
      throw Diagnostic(
        .failed,
        "the load balancer can't listen at \(address):\(port)" + (holder.map { ": \($0) does" } ?? ""),
        notes: Command.tail(said),
        hints: [holder == nil ? "name another port" : "stop that process, or name another port"])
    }
    guard let pid = try await pid(), let process = ProcessIdentity(running: pid) else {
      throw Diagnostic(
        .failed, "HAProxy ended as soon as it had started",
        hints: ["see its last words: journalctl -t haproxy"])
    }
    do { try DurableFile.write(Array(try JSONEncoder().encode(process)), to: processFile) } catch {
      process.send(SIGKILL)
      throw error
    }
    // In the file they have the weight 0, and it would show.
    for server in record.servers where server.state == .drain {
      try await tell("set server \(settings.backend)/\(server.name) state drain")
      try await tell("set weight \(settings.backend)/\(server.name) \(server.weight)")
    }
  }

  /// Writes the configuration, and the script that it loads.
  func write(_ record: HAProxyRecord) throws(Diagnostic) {
    let script = settings.folder.appending(HAProxyScript.name)
    let text = Array(HAProxyScript.text.utf8)
    if (try? DurableFile.read(script, limit: 1 << 20)) != text { try DurableFile.write(text, to: script) }
    var absolute = settings
    absolute.file = Self.absolute(settings.file)
    try DurableFile.write(
      Array(try record.text(absolute, connections: Self.connections).utf8), to: settings.file,
      mode: [.ownerReadWrite, .groupRead])
  }

  /// As many connections as descriptors allow, two each, within reason: HAProxy allots memory by it.
  private static var connections: Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return max(100, min(20_000, (Int(clamping: limit.rlim_max) - 200) / 2))
  }

  private static func absolute(_ path: FilePath) -> FilePath {
    guard !path.isAbsolute, let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return FilePath(String(cString: here)).pushing(path)
  }

  private func executable() throws(Diagnostic) -> FilePath {
    for folder in searchPath.split(separator: ":") {
      let candidate = FilePath(String(folder)).appending("haproxy")
      if access(candidate.string, X_OK) == 0 { return candidate }
    }
    throw Diagnostic(
      .failed, "HAProxy isn't installed: there is no haproxy in \(searchPath)",
      hints: ["install it: apt-get install --no-install-recommends haproxy"])
  }

  /// Who listens on a port, as far as this user may look: `the process 'nginx' (4711)`.
  private static func holder(of port: UInt16) async -> String? {
    let arguments = ["-H", "-l", "-t", "-n", "-p", "sport", "=", ":\(port)"]
    // Its line ends with users:(("nginx",pid=4711,fd=6)).
    guard let text = try? await Command("ss", arguments).run().outputText,
      let found = text.firstMatch(of: /users:\(\("([^"]*)",pid=([0-9]+)/)
    else { return nil }
    return "the process '\(found.1.printable)' (\(found.2))"
  }
}
