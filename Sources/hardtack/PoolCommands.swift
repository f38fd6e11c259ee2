import ArgumentParser
import Essentials
import Pools
import Storage
import SystemPackage

struct PoolsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pools", abstract: "Show what runs: health, release, role, age and addresses.")

  @Flag(help: "Print the pools as JSON.")
  var json = false

  func run() async throws {
    let pools = try await PoolStore(environment: environment).list()
    if json { return try Output.json(pools) }
    guard !pools.isEmpty else { return Report.write("no pools; 'hardtack boot' starts one\n") }
    Output.table(PoolReport.table(pools))
    for line in PoolReport.complaints(pools) { Report.write(line + "\n") }
  }
}

struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Shut a pool's machines down, or one of them.",
    discussion: """
      Asks each guest to shut down, and ends those that haven't by the deadline. Logs and state disks stay for the \
      next pool or instance of that name, unless --remove is given. A single instance leaves its pool; requests that it's \
      at are not waited for.

        hardtack stop logic
        hardtack stop logic-2
      """)

  @Argument(help: "The pool's name, the release it runs, or an instance's name.")
  var pool: String

  @OptionGroup var shared: SharedOptions

  @Option(help: ArgumentHelp("How long the guests may take, in seconds.", valueName: "seconds"))
  var patience = 60

  @Flag(help: "Remove the pool's logs and state disks too.")
  var remove = false

  @Flag(help: "Print how each instance ended as JSON.")
  var json = false

  private struct Answer: Encodable {
    struct Instance: Encodable {
      let name: String
      /// `shutdown`, `quit`, `killed`, or `gone` where it had ended before.
      let ending: String
    }
    let pool: String
    let instances: [Instance]
  }

  func run() async throws {
    let pools = try PoolStore(environment: environment)
    let known = try await pools.list(probing: false)
    let name = known.contains { $0.name == pool } ? pool : known.last { $0.release == pool }?.name ?? pool
    if let owner = known.first(where: { $0.instances.contains { $0.name == name } }),
      !known.contains(where: { $0.name == name })
    {
      return try await stop(name, of: try pools.pool(owner.name), in: pools)
    }
    let record = try pools.pool(name)
    let store = record.store.flatMap { try? Store(at: FilePath($0), creating: false) }
    let ends = try await pools.stop(
      name, patience: .seconds(patience), removing: remove, store: store, progress: shared.progress)
    if json {
      try Output.json(
        Answer(
          pool: name,
          instances: zip(record.instances, ends).map { Answer.Instance(name: $0.name, ending: $1) }))
    }
    shared.progress.say("stopped \(name): \(ends.joined(separator: ", "))")
  }

  private func stop(_ instance: String, of record: PoolRecord, in pools: PoolStore) async throws {
    let store = record.store.flatMap { try? Store(at: FilePath($0), creating: false) }
    let end = try await pools.stop(
      instance: instance, patience: .seconds(patience), removing: remove, store: store,
      progress: shared.progress)
    if json { try Output.json(Answer(pool: record.name, instances: [.init(name: instance, ending: end)])) }
    shared.progress.say("stopped \(instance): \(end)")
  }
}

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Print what an instance's kernel, systemd and journal have said.")

  @Argument(help: "An instance's name, or that of a pool with one instance.")
  var instance: String

  @Flag(name: [.short, .long], help: "Wait for more.")
  var follow = false

  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp("Only so many lines of the end.", valueName: "number"))
  var lines: Int?

  func run() async throws {
    try await PoolStore(environment: environment).logs(of: instance, following: follow, lines: lines) {
      print($0)
    }
  }
}

struct ConsoleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Open a shell in an instance, as root; Ctrl-] leaves it.")

  @Argument(help: "An instance's name, or that of a pool with one instance.")
  var instance: String

  func run() async throws { try await PoolStore(environment: environment).console(of: instance) }
}
