import ArgumentParser
import Essentials
import Lockfiles
import Locking
import Recipes
import Storage
import SystemPackage
import Transfer

struct LockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Pin every Debian package and Python wheel of a recipe by its SHA-256.",
    discussion: """
      Writes recipe.lock beside the recipe and says what moved. A lockfile that fits its recipe is left as it is,
      without a request to anyone; pins move only with --upgrade, or where the recipe no longer allows them.

        hardtack lock recipes/logic
        hardtack lock recipes/logic --upgrade                everything to what the archives have now
        hardtack lock recipes/logic --upgrade django nginx   these, and what must follow
        hardtack lock recipes/logic --check                  for CI: exit code 3 if the lockfile is stale
      """)

  @OptionGroup var recipe: RecipeArgument
  @OptionGroup var shared: SharedOptions

  @Flag(help: "Move all pins, or those named behind it.")
  var upgrade = false

  @Argument(help: ArgumentHelp("Packages and wheels that --upgrade moves.", valueName: "name"))
  var names: [String] = []

  @Flag(help: "Write nothing; exit with 3 where the lockfile is missing or no longer fits the recipe.")
  var check = false

  func validate() throws {
    guard names.isEmpty || upgrade else {
      throw ValidationError("Names of packages go with --upgrade.")
    }
    guard !(check && upgrade) else { throw ValidationError("--check and --upgrade exclude each other.") }
  }

  func run() async throws {
    let recipe = try self.recipe.load()
    let progress = shared.progress
    let path = self.recipe.lockfilePath(of: recipe)
    if check {
      _ = try self.recipe.loadLockfile(of: recipe)
      progress.say("\(path) fits its recipe")
      return
    }
    let earlier = try Lockfile.load(path)
    if let earlier, !upgrade, earlier.recipe == recipe.resolutionDigest {
      progress.say("\(path) fits its recipe; --upgrade moves its pins")
      return
    }
    if let earlier { try requireKnown(names, earlier) }
    let store = try shared.openStore(for: self.recipe.path)
    let downloader = try Downloader(Downloader.Configuration(environment: environment))
    let locker = Locker(recipe: recipe, store: store, downloader: downloader, progress: progress)
    let lockfile = try await locker.lock(
      earlier: earlier, upgrade: !upgrade ? .nothing : names.isEmpty ? .everything : .named(Set(names)))
    try Task.checkCancellation()
    try lockfile.write(to: path)
    let difference = LockfileDifference(from: earlier, to: lockfile)
    for line in difference.summary { print(line) }
    let packages = lockfile.debian.packages.count
    let wheels = lockfile.python?.packages.count ?? 0
    progress.say(
      "\(path): \(packages) packages, \(wheels) wheels; \(difference.moves.count) moved, \(ByteCount(difference.bytesToFetch)) to fetch"
    )
  }

  private func requireKnown(_ names: [String], _ lockfile: Lockfile) throws(Diagnostic) {
    let known = lockfile.debian.packages.map(\.name) + (lockfile.python?.packages.map(\.name) ?? [])
    for name in names where !known.contains(name) {
      throw Diagnostic(
        .usage, "the lockfile pins nothing called '\(name)'",
        hints: [NearestName.hint(for: name, among: known)].compactMap { $0 })
    }
  }
}
