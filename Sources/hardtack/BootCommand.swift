import ArgumentParser
import Essentials
import FoundationEssentials
import Images
import Pools
import Storage
import SystemPackage

struct BootCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot",
    abstract: "Start a pool of virtual machines from an image and wait until they're ready.",
    discussion: """
      A machine is ready when its units have started and the recipe's sanity checks answer. It outlives this command \
      and the terminal; 'hardtack stop' ends it. Its network reaches nothing but the services \
      that --reach names; each is found in the guest at 10.0.2.100, at the service's own port.

        hardtack boot v1 --secrets file:secrets.env
        hardtack boot v1 --count 2 --role live --port 8080 --secrets command:'vault kv get -format=json app'
      """)

  @Argument(help: "A release's name, or an image's digest.")
  var image: String

  @OptionGroup var shared: SharedOptions

  @Option(help: ArgumentHelp("The pool's name; the recipe's unless given.", valueName: "name"))
  var name: String?

  @Option(help: "How many machines.")
  var count = 1

  @Option(help: "What the machines are told they are: live or test.")
  var role: Role = .test

  @Option(
    help: ArgumentHelp(
      "Where the values of secrets are: file:PATH, env, env:PREFIX or command:COMMAND.", valueName: "source"))
  var secrets: String?

  @Option(
    help: ArgumentHelp(
      "The host's port for the first machine; the next one for the second, and so on.", valueName: "port"))
  var port: UInt16?

  @Option(
    help: ArgumentHelp(
      "A service that the machines reach, as in database=127.0.0.1:5432; may be given more than once.",
      valueName: "name=host:port"))
  var reach: [String] = []

  @Option(help: ArgumentHelp("Memory of each machine, in MiB.", valueName: "MiB"))
  var memory = 1024

  @Option(help: "Processors of each machine.")
  var processors = 2

  @Option(
    help: ArgumentHelp(
      "How large each state disk may grow, in MiB; for disks that are new.", valueName: "MiB"))
  var stateSize = 4096

  @Option(help: ArgumentHelp("How long a machine may take to start, in seconds.", valueName: "seconds"))
  var patience: Int?

  @Flag(help: "Leave machines running where the start fails, to look at them.")
  var keepFailed = false

  @Flag(help: "Print the pool as JSON.")
  var json = false

  func validate() throws {
    guard (1...64).contains(count) else { throw ValidationError("--count takes a number from 1 to 64.") }
    guard memory >= 256 else { throw ValidationError("--memory takes 256 MiB or more.") }
    guard (16...16 << 20).contains(stateSize) else {
      throw ValidationError("--state-size takes 16 to 16777216 MiB.")
    }
    guard (1...64).contains(processors) else {
      throw ValidationError("--processors takes a number from 1 to 64.")
    }
  }

  func run() async throws {
    let progress = shared.progress
    let store = try shared.openStore()
    let found = try Image.find(image, in: store)
    var request = BootRequest(image: try BootImage(found, in: store))
    request.name = name
    request.release = try store.tags().last { $0.name == image }?.name
    request.role = role
    request.count = count
    request.memory = memory
    request.processors = processors
    request.port = port
    request.reach = try reach.map { text throws(Diagnostic) in try Reach(parsing: text) }
    request.stateSize = Int64(stateSize) << 20
    request.keepsFailed = keepFailed
    request.patience = patience.map { .seconds($0) }
    request.storePath = store.root.string
    if let secrets {
      request.secrets = try await SecretsSource(secrets).values(
        environment: ProcessInfo.processInfo.environment
      ) {
        progress.say("warning: \($0)")
      }
    }
    let pool = try await PoolStore(environment: environment).boot(request, store: store, progress: progress)
    if json { return try Output.json(pool) }
    PoolReport.starts(of: pool)
    Output.table(PoolReport.table([pool]))
  }
}

extension Role: ExpressibleByArgument {}
