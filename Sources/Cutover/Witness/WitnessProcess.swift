package import Essentials
import FoundationEssentials
import Glibc
import Pools
package import SystemPackage

/// A witness in a process of its own, which goes on when the command that started it is killed.
package struct WitnessProcess: TrafficWitness {
  private let plan: WitnessPlan?
  private let program: [String]
  private let records: FilePath

  /// - Parameters:
  ///   - plan: nil for a site that wants none.
  ///   - program: what takes the plan's file and that of the records as its last arguments.
  ///   - records: the file that it appends to; the plan and the process's identity are kept beside it.
  package init(_ plan: WitnessPlan?, program: [String], records: FilePath) {
    self.plan = plan
    self.program = program
    self.records = records
  }

  private var planFile: FilePath { FilePath(records.string + ".plan") }
  private var identityFile: FilePath { FilePath(records.string + ".process") }

  /// The plan that a file of ``start()``'s holds.
  package static func plan(_ path: FilePath) throws(Diagnostic) -> WitnessPlan {
    let bytes = try DurableFile.read(path, limit: 1 << 20)
    guard let plan = try? JSONDecoder().decode(WitnessPlan.self, from: Data(bytes)) else {
      throw Diagnostic(.failed, "\(path) holds no plan of a witness")
    }
    return plan
  }

  private var process: ProcessIdentity? {
    guard let bytes = try? DurableFile.read(identityFile, limit: 4096),
      let identity = try? JSONDecoder().decode(ProcessIdentity.self, from: Data(bytes)), identity.isAlive
    else { return nil }
    return identity
  }

  package func start() async throws {
    guard let plan, process == nil else { return }
    guard let json = try? JSONEncoder().encode(plan) else { throw Diagnostic(.bug, "a plan that isn't JSON") }
    unlink(Witness.stopFile(of: records).string)
    try DurableFile.write(Array(json), to: planFile, mode: [.ownerReadWrite])
    // A session of its own: neither Ctrl-C nor the terminal's end reaches it.
    let script = #"setsid "$@" </dev/null >/dev/null 2>&1 & echo $!"#
    let output = try await Command(
      "sh", ["-c", script, "sh"] + program + [planFile.string, records.string]
    ).output()
    guard let pid = Int32(String(decoding: output.prefix { $0 > 32 }, as: UTF8.self)),
      let identity = ProcessIdentity(running: pid), let text = try? JSONEncoder().encode(identity)
    else { throw Diagnostic(.failed, "the witness ended as soon as it had started") }
    try DurableFile.write(Array(text), to: identityFile, mode: [.ownerReadWrite])
  }

  package func stop() async throws {
    guard let process, let plan else { return }
    let file = Witness.stopFile(of: records)
    try DurableFile.write([], to: file)
    // It waits for the answers that are still to come.
    let end = ContinuousClock.now + .seconds(plan.timeout + 5)
    while process.isAlive, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
    if process.isAlive { process.send(SIGKILL) }
    unlink(file.string)
  }

  package func view(from begin: Int64, to end: Int64) async throws -> TrafficView? {
    guard plan != nil, access(records.string, F_OK) == 0 else { return nil }
    let seen = try WitnessFile.read(records).filter { $0.end >= begin && $0.end < end }
    guard !seen.isEmpty else { return nil }
    let latencies = seen.filter(\.isSuccess).map(\.latency).sorted()
    return TrafficView(
      requests: seen.count, failures: seen.count { !$0.isSuccess },
      median: WitnessSummary.percentile(0.5, of: latencies) ?? 0,
      p99: WitnessSummary.percentile(0.99, of: latencies) ?? 0)
  }
}
