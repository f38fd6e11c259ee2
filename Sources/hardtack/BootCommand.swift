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
        hardtack boot v1 --require-signature sign.pub
        hardtack boot v2 --from logic --name logic-green --secrets file:secrets.env
      """)

  @Argument(help: "A release's name, or an image's digest; that of the pool behind --from unless given.")
  var image: String?

  @OptionGroup var shared: SharedOptions

  @Option(help: ArgumentHelp("The pool's name; the recipe's unless given.", valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "A pool whose count, role, memory, processors, disks' size and reach hold where they aren't given here.",
      valueName: "pool"))
  var from: String?

  @Option(help: "How many machines; 1 unless given.")
  var count: Int?

  @Option(help: "What the machines are told they are: live or test; test unless given.")
  var role: Role?

  @Option(
    help: ArgumentHelp(
      "The host's port for the first machine; the next one for the second, and so on.", valueName: "port"))
  var port: UInt16?

  @Option(
    help: ArgumentHelp(
      "A service that the machines reach, as in database=127.0.0.1:5432; may be given more than once.",
      valueName: "name=host:port"))
  var reach: [String] = []

  @Option(help: ArgumentHelp("Memory of each machine, in MiB; 1024 unless given.", valueName: "MiB"))
  var memory: Int?

  @Option(help: "Processors of each machine; 2 unless given.")
  var processors: Int?

  @Option(
    help: ArgumentHelp(
      "How large each state disk may grow, in MiB, 4096 unless given; for disks that are new.",
      valueName: "MiB"))
  var stateSize: Int?

  @Option(
    help: ArgumentHelp(
      "Start nothing unless the image was signed by the holder of this public key.", valueName: "file"))
  var requireSignature: String?

  @OptionGroup var start: StartOptions

  func validate() throws {
    guard image != nil || from != nil else { throw ValidationError("Missing expected argument '<image>'") }
    guard (1...64).contains(count ?? 1) else { throw ValidationError("--count takes a number from 1 to 64.") }
    guard memory ?? 256 >= 256 else { throw ValidationError("--memory takes 256 MiB or more.") }
    guard (16...16 << 20).contains(stateSize ?? 16) else {
      throw ValidationError("--state-size takes 16 to 16777216 MiB.")
    }
    guard (1...64).contains(processors ?? 1) else {
      throw ValidationError("--processors takes a number from 1 to 64.")
    }
  }

  func run() async throws {
    let progress = shared.progress
    let store = try shared.openStore()
    let pools = try PoolStore(environment: environment)
    var request = try request(in: store, pools)
    request.name = name
    request.port = port
    request.role = role ?? request.role
    request.count = count ?? request.count
    request.memory = memory ?? request.memory
    request.processors = processors ?? request.processors
    if !reach.isEmpty {
      request.reach = try reach.map { text throws(Diagnostic) in try Reach(parsing: text) }
    }
    if let stateSize { request.stateSize = Int64(stateSize) << 20 }
    request.storePath = store.root.string
    try await start.apply(to: &request, progress)
    let pool = try await pools.boot(request, store: store, progress: progress)
    if start.json { return try Output.json(pool) }
    PoolReport.starts(of: pool)
    Output.table(PoolReport.table([pool]))
  }

  /// The image that is named, or a pool's, with the settings of that pool.
  private func request(in store: Store, _ pools: PoolStore) throws(Diagnostic) -> BootRequest {
    var name = image
    if name == nil, let from { name = try pools.pool(from).image.description }
    let named = try Image.find(name ?? "", in: store)
    if let requireSignature {
      try ImageSignature.verify(named, with: try Ed25519Key(FilePath(requireSignature), .public), in: store)
    }
    let found = try BootImage(named, in: store)
    var request = BootRequest(image: found)
    if let from { request = try pools.request(like: from, image: found) }
    if let image, let tag = try store.tags().last(where: { $0.name == image }) { request.release = tag.name }
    return request
  }
}

/// How machines are started: what every command takes that starts some.
struct StartOptions: ParsableArguments {
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

  /// Reads the secrets too.
  func apply(to request: inout BootRequest, _ progress: Progress) async throws {
    request.keepsFailed = keepFailed
    request.patience = patience.map { .seconds($0) }
    request.secrets = try await SecretsSource.values(secrets, progress)
  }
}

extension SecretsSource {
  /// The values that the source behind `--secrets` holds; none where there is none.
  static func values(_ source: String?, _ progress: Progress) async throws -> [String: Secret] {
    guard let source else { return [:] }
    return try await SecretsSource(source).values(environment: ProcessInfo.processInfo.environment) {
      progress.say("warning: \($0)")
    }
  }
}

extension Role: ExpressibleByArgument {}
