import ArgumentParser
import Essentials
import Lockfiles
import Locking
import Transfer

struct FetchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Bring everything that a lockfile pins into the store.",
    discussion: """
      Files come in parallel and are checked against their digests while they stream; an interrupted fetch goes on \
      where it was. What is stored costs no request.

        hardtack fetch recipes/logic
        hardtack fetch recipes/logic --from http://10.0.0.5:8470    ask 'hardtack serve' there first
      """)

  @OptionGroup var recipe: RecipeArgument
  @OptionGroup var shared: SharedOptions

  @Option(
    help: ArgumentHelp(
      "Ask the store that 'hardtack serve' shares there, before archives and index.", valueName: "url"))
  var from: String?

  @Flag(help: "Print what was fetched as JSON.")
  var json = false

  private struct Answer: Encodable {
    let fetched: Int
    let bytes: Int64
    let total: Int
  }

  func run() async throws {
    let recipe = try self.recipe.load()
    let lockfile = try self.recipe.loadLockfile(of: recipe)
    let store = try shared.openStore(for: self.recipe.path)
    let server = try from.map { address throws(Diagnostic) in try StoreServer(address) }
    let downloader = try Downloader(Downloader.Configuration(environment: environment))
    let progress = shared.progress
    let began = ContinuousClock.now
    let outcome = try await LockedArtifacts(
      recipe: recipe, lockfile: lockfile, store: store, downloader: downloader, environment: environment,
      server: server
    ).fetch(progress: progress)
    if json {
      try Output.json(Answer(fetched: outcome.fetched, bytes: outcome.bytes, total: outcome.total))
    }
    if outcome.fetched == 0 {
      progress.say("all \(outcome.total) artifacts are in the store")
    } else {
      progress.say(
        "fetched \(outcome.fetched) of \(outcome.total) artifacts, \(ByteCount(outcome.bytes)), in \((ContinuousClock.now - began).text)"
      )
    }
  }
}
