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

  @OptionGroup var start: StartOptions

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
    try await start.apply(to: &request, progress)
    let status = try await pools.grow(pool, with: request, store: store, progress: progress)
    if start.json { return try Output.json(status) }
    Output.table(PoolReport.table([status]))
  }
}
