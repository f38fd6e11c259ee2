import ArgumentParser
import Essentials
import Images
import Pools
import Storage
import SystemPackage

struct GrowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grow",
    abstract: "Start more machines in a pool that runs.",
    discussion: """
      They're of the pool's own image, role and settings. Its secrets are kept nowhere, so their source is given again. \
      If they don't become ready they're ended, and the others are as before.

        hardtack grow logic --by 2 --secrets file:secrets.env
      """)

  @Argument(help: "The pool's name.")
  var pool: String

  @OptionGroup var shared: SharedOptions

  @Option(help: "How many machines.")
  var by = 1

  @Option(
    help: ArgumentHelp(
      "Where the values of secrets are: file:PATH, env, env:PREFIX or command:COMMAND.", valueName: "source"))
  var secrets: String?

  @Option(help: ArgumentHelp("How long a machine may take to start, in seconds.", valueName: "seconds"))
  var patience: Int?

  @Flag(help: "Leave machines running where the start fails, to look at them.")
  var keepFailed = false

  @Flag(help: "Print the pool as JSON.")
  var json = false

  func validate() throws {
    guard (1...63).contains(by) else { throw ValidationError("--by takes a number from 1 to 63.") }
  }

  func run() async throws {
    let progress = shared.progress
    let pools = try PoolStore(environment: environment)
    let record = try pools.pool(pool)
    let store =
      try shared.store == nil
      ? record.store.map { path throws(Diagnostic) in try Store(at: FilePath(path), creating: false) }
        ?? shared.openStore() : shared.openStore()
    let image = try BootImage(try Image(record.image, in: store), in: store)
    var request = try pools.request(like: pool, image: image)
    request.count = by
    request.keepsFailed = keepFailed
    request.patience = patience.map { .seconds($0) }
    request.secrets = try await SecretsSource.values(secrets, progress)
    let status = try await pools.grow(pool, with: request, store: store, progress: progress)
    if json { return try Output.json(status) }
    Output.table(PoolReport.table([status]))
  }
}
