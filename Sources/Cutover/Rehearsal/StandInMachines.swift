import Essentials
import FoundationEssentials
import Glibc
import Pools
import Storage
import SystemPackage

/// Instances as processes of this host: they start at once, so that thousands of swaps can be tried.
///
///     FOLDER/POOL-1.json      its process, written before it serves
///            POOL-1.port      where it serves
///            POOL-1.migrated  `done`, or why it didn't migrate
struct StandInMachines: Machines {
  let folder: FilePath
  var databaseAddress: String { "127.0.0.1:\(port)" }
  let port: UInt16

  struct Record: Codable {
    var name: String
    var process: ProcessIdentity
  }

  private var script: FilePath { folder.appending("stand_in.py") }

  func prepare() throws {
    try DurableFile.createFolder(folder)
    try DurableFile.write(PackageResources.stand_in_py, to: script)
  }

  /// The processes that run.
  var running: [String] {
    get throws(Diagnostic) {
      try names().filter { record($0)?.process.isAlive ?? false }
    }
  }

  /// Ends all of them.
  func end() throws(Diagnostic) {
    for name in try names() { end(name) }
  }

  private func names() throws(Diagnostic) -> [String] {
    try FolderListing.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
      .sorted()
  }

  /// - Parameter request: its release is `v` and the number of the schema that it wants.
  func boot(_ request: MachineRequest) async throws {
    let pool = request.deployment.pool
    for number in 1...request.count {
      let name = "\(pool)-\(number)"
      if record(name)?.process.isAlive ?? false, port(of: name) != nil { continue }
      if let found = record(name) { found.process.send(SIGKILL) }
      for suffix in ["port", "migrated"] { unlink(folder.appending("\(name).\(suffix)").string) }
      let release = request.deployment.release
      var environment = ["PATH": "/usr/bin:/bin"]
      environment["DATABASE_URL"] = request.database.map { String(decoding: $0.url.reveal(), as: UTF8.self) }
      let launch = #"setsid "$@" </dev/null >/dev/null 2>&1 & echo $!"#
      let output = try await Command(
        "sh",
        [
          "-c", launch, "sh", "python3", script.string, folder.string, name, release,
          String(release.dropFirst()),
        ], environment: environment
      ).output()
      guard let pid = Int32(String(decoding: output.prefix { $0 > 32 }, as: UTF8.self)),
        let process = ProcessIdentity(running: pid)
      else { throw Diagnostic(.failed, "\(name) did not start") }
      try DurableFile.write(
        Array(try JSONEncoder().encode(Record(name: name, process: process))),
        to: folder.appending("\(name).json"))
      while port(of: name) == nil {
        guard process.isAlive else { throw Diagnostic(.failed, "\(name) ended as soon as it had started") }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  private func record(_ name: String) -> Record? {
    guard let bytes = try? DurableFile.read(folder.appending("\(name).json")) else { return nil }
    return try? JSONDecoder().decode(Record.self, from: Data(bytes))
  }

  private func port(of name: String) -> UInt16? {
    guard let bytes = try? DurableFile.read(folder.appending("\(name).port")) else { return nil }
    return UInt16(String(decoding: bytes, as: UTF8.self))
  }

  func instances(of pool: String) async throws -> [MachineInstance] {
    (1...9).compactMap { number in
      let name = "\(pool)-\(number)"
      guard record(name)?.process.isAlive ?? false, let port = port(of: name) else { return nil }
      return MachineInstance(name: name, port: port)
    }
  }

  func check(_ pool: String) async throws {
    let instances = try await instances(of: pool)
    guard !instances.isEmpty else { throw Diagnostic(.checkFailed, "no instance of \(pool) runs") }
    for instance in instances {
      let address = "http://127.0.0.1:\(instance.port)/healthz/"
      let result = try await Command("curl", ["-sf", "--noproxy", "*", "--max-time", "10", address]).run()
      guard result.status == 0 else { throw Diagnostic(.checkFailed, "\(instance.name) isn't well") }
    }
  }

  func order(
    _ duty: MachineDuty, _ instance: MachineInstance, of pool: String, patience: Duration
  ) async throws {
    guard duty == .migrate, let process = record(instance.name)?.process else { return }
    let answer = folder.appending("\(instance.name).migrated")
    unlink(answer.string)
    process.send(SIGUSR1)
    let end = ContinuousClock.now + patience
    while access(answer.string, F_OK) != 0, ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(5))
    }
    let word = String(decoding: try DurableFile.read(answer), as: UTF8.self)
    guard word == "done" else { throw Diagnostic(.checkFailed, "\(instance.name) did not migrate: \(word)") }
  }

  func stop(_ instance: MachineInstance, of pool: String) async throws { end(instance.name) }

  func stop(_ pool: String, keepingState: Bool) async throws {
    for number in 1...9 { end("\(pool)-\(number)") }
  }

  private func end(_ name: String) {
    if let found = record(name) { found.process.send(SIGKILL) }
    for suffix in ["json", "port", "migrated"] { unlink(folder.appending("\(name).\(suffix)").string) }
  }
}
