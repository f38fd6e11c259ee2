import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A recipe without Python, locked against the machine's own archives, and its artifacts.
///
/// Its application does to the tree below what overlays have to note: it replaces a folder, moves one, removes a
/// file, and sets owners, modes, capabilities and times of all kinds.
final class SmallImage: Sendable {
  let folder: TemporaryFolder
  /// The program, where ordinary users can reach it.
  let program: FilePath
  let recipe: FilePath
  /// A store that nothing has been baked in.
  let fetched: FilePath
  let accounts: FilePath
  /// The stores that root and the user have baked in.
  private let stores: [Baker: FilePath]
  let baked: [Baker: Outcome]

  /// The one that the suite's tests share.
  static var shared: SmallImage { get throws { try #require(current) } }

  @TaskLocal fileprivate static var current: SmallImage?

  struct Outcome: Sendable {
    let code: Int32
    /// What the program said, on either stream.
    let text: String

    /// The digest that a bake printed.
    var digest: String? { text.split(separator: "\n").last { $0.hasPrefix("sha256:") }.map(String.init) }
  }

  fileprivate init() async throws {
    folder = try TemporaryFolder()
    guard chmod(folder.path.string, 0o755) == 0 else { throw Errno.current }
    program = folder.appending("hardtack")
    _ = try await Command("cp", [BuiltProgram.path("hardtack").string, program.string]).output()
    accounts = folder.appending("accounts")
    try Baker.makeAccounts(in: accounts)
    recipe = folder.appending("recipe")
    fetched = folder.appending("fetched")
    try Self.writeRecipe(recipe, build: Self.build)
    for verb in ["lock", "fetch"] {
      _ = try await Command(program.string, [verb, recipe.string, "--store", fetched.string]).output()
    }

    var stores: [Baker: FilePath] = [:]
    for baker in Baker.allCases {
      stores[baker] = folder.appending("store-\(baker)")
      try await Self.copy(fetched, to: folder.appending("store-\(baker)"), for: baker)
    }
    self.stores = stores
    let (program, recipe, accounts, made) = (program, recipe, accounts, stores)
    let outcomes = try await Baker.allCases.concurrentMap { baker in
      let store = (made[baker] ?? "").string
      return try await Self.run(baker, program, ["bake", recipe.string, "--store", store], accounts)
    }
    baked = Dictionary(uniqueKeysWithValues: zip(Baker.allCases, outcomes))
  }

  private static func writeRecipe(_ recipe: FilePath, build: [String]) throws {
    try DurableFile.createFolder(recipe.appending("app"))
    try DurableFile.write(Array("text\n".utf8), to: recipe.appending("app/file"))
    let text = """
      name: small
      base: {distribution: debian, suite: bookworm, architecture: amd64, variant: essential}
      packages: [linux-image-cloud-amd64, libcap2-bin, iputils-ping, dmsetup, systemd-boot-efi]
      gates: {setuid: [/srv/app/setuid, /srv/app/linked]}
      application:
        source: app
        destination: /srv/app
        build:

      """
    let commands = build.map { "    - \($0)\n" }.joined()
    try DurableFile.write(Array((text + commands).utf8), to: recipe.appending("recipe.yaml"))
  }

  private static let build = [
    "rm -r /etc/cron.daily && mkdir -m 751 /etc/cron.daily && touch /etc/cron.daily/own",
    "mv /usr/share/doc /usr/share/texts && rm /etc/motd",
    "cp /bin/true capable && setcap cap_net_raw,cap_chown=ep capable",
    "cp /bin/true setuid && chown daemon:games setuid && chmod 6755 setuid && ln setuid linked",
    "mkfifo -m 620 pipe && chown 65534:65533 file && touch -d @1000000000 file",
  ]

  /// The store that `baker` has baked in.
  func store(of baker: Baker) -> FilePath { stores[baker] ?? "" }

  /// The same recipe with another build, and the lockfile, for one test.
  func variant(_ name: String, build: [String]) async throws -> FilePath {
    let copy = folder.appending("recipe-\(name)")
    try Self.writeRecipe(copy, build: build)
    _ = try await Command("cp", [recipe.appending("recipe.lock").string, copy.string]).output()
    return copy
  }

  /// A store of its own for a test, with the artifacts and nothing else.
  func freshStore(_ name: String, for baker: Baker) async throws -> FilePath {
    let copy = folder.appending("store-\(name)-\(baker)")
    try await Self.copy(fetched, to: copy, for: baker)
    return copy
  }

  static func copy(_ store: FilePath, to copy: FilePath, for baker: Baker) async throws {
    _ = try await Command("cp", ["--recursive", "--reflink=auto", store.string, copy.string]).output()
    guard baker == .user else { return }
    _ = try await Command("chown", ["--recursive", "\(Baker.identifier):\(Baker.identifier)", copy.string])
      .output()
  }

  func run(_ baker: Baker, _ arguments: String..., accounts: FilePath? = nil) async throws -> Outcome {
    try await Self.run(baker, program, arguments, accounts ?? self.accounts)
  }

  private static func run(
    _ baker: Baker, _ program: FilePath, _ arguments: [String], _ accounts: FilePath
  ) async throws -> Outcome {
    let result = try await Command("/bin/sh", baker.shell(program, arguments, accounts: accounts)).run()
    return Outcome(code: result.status, text: result.outputText)
  }

  func start(_ baker: Baker, _ arguments: String...) throws -> RunningBake {
    RunningBake(try ChildProcess("/bin/sh", baker.shell(program, arguments, accounts: accounts)))
  }
}

/// Makes a ``SmallImage`` before a suite's first test and removes it after the last.
struct SmallImageTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await SmallImage.$current.withValue(try await SmallImage(), operation: function)
  }
}

extension Trait where Self == SmallImageTrait {
  static var smallImage: Self { SmallImageTrait() }
}

/// What takes real bakes of real packages: one after the other, since each keeps all processors busy.
@Suite(.serialized, .smallImage) struct RealBakes {}
