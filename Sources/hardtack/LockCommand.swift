import ArgumentParser
import Baking
import Essentials
import Lockfiles
import Locking
import PythonPackages
import Recipes
import Storage
import SystemPackage
import Transfer

struct LockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Pin every Debian package and Python wheel of a recipe by its SHA-256.",
    discussion: """
      Writes recipe.lock beside the recipe and says what moved. A lockfile that fits its recipe is left as it is, \
      without a request to anyone; pins move only with --upgrade, or where the recipe no longer allows them.

        hardtack lock recipes/logic
        hardtack lock recipes/logic --upgrade          move everything
        hardtack lock recipes/logic --upgrade nginx    and what must follow
        hardtack lock recipes/logic --check            exit code 3 if it's stale
        hardtack lock recipes/logic --as-of 2026-11-01    what it would have come to then
        hardtack lock recipes/logic --export requirements > requirements.txt

      Where the recipe names another tool's lockfile (pylock.toml, uv.lock, poetry.lock), its wheels are taken \
      over as they are pinned there, and only that tool moves them.

      --as-of moves all pins, or those named behind --upgrade, to what the archives had then: to the newest signed \
      package indexes until that moment that earlier locks have left in the store, and to the wheels uploaded until then.
      """)

  @OptionGroup var recipe: RecipeArgument
  @OptionGroup var shared: SharedOptions

  @Flag(help: "Move all pins, or those named behind it.")
  var upgrade = false

  @Argument(help: ArgumentHelp("Packages and wheels that --upgrade moves.", valueName: "name"))
  var names: [String] = []

  @Flag(help: "Write nothing; exit with 3 where the lockfile is missing or no longer fits the recipe.")
  var check = false

  @Option(
    help: ArgumentHelp(
      "Choose from what there was then: a day, or a moment as 2026-11-01T12:00:00Z.", valueName: "date"))
  var asOf: Moment?

  @Flag(help: "Print what moved as JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write nothing; print the pinned wheels as pylock or requirements, without any host.",
      valueName: "format"))
  var export: PythonExport.Format?

  func validate() throws {
    guard names.isEmpty || upgrade else {
      throw ValidationError("Names of packages go with --upgrade.")
    }
    guard asOf == nil || !(check || export != nil) else {
      throw ValidationError("--as-of goes with neither --check nor --export.")
    }
    guard !(check && upgrade) else { throw ValidationError("--check and --upgrade exclude each other.") }
    guard export == nil || !(check || upgrade || json) else {
      throw ValidationError("--export goes with neither --check, --upgrade nor --json.")
    }
  }

  func run() async throws {
    let recipe = try self.recipe.load()
    let progress = shared.progress
    let path = self.recipe.lockfilePath(of: recipe)
    if let export {
      let lockfile = try self.recipe.loadLockfile(of: recipe)
      return print(try PythonExport(lockfile).text(as: export), terminator: "")
    }
    if check {
      let lockfile = try self.recipe.loadLockfile(of: recipe)
      progress.say("\(path) fits its recipe")
      return try report(LockfileDifference(from: lockfile, to: lockfile), lockfile, wrote: false)
    }
    var wasEdited = false
    let earlier = try Lockfile.load(path) { fault in
      wasEdited = true
      progress.say("warning: \(fault.location.map { "\($0): " } ?? "")\(fault.message); it is written anew")
    }
    if let earlier, !upgrade, asOf == nil, !wasEdited, earlier.recipe == recipe.resolutionDigest {
      progress.say("\(path) fits its recipe; --upgrade moves its pins")
      return try report(LockfileDifference(from: earlier, to: earlier), earlier, wrote: false)
    }
    if let earlier { try requireKnown(names, earlier) }
    // Building needs what baking needs.
    if recipe.python?.build.isEmpty == false { try await UserNamespace.enter() }
    let store = try shared.openStore(for: self.recipe.path)
    let downloader = try Downloader(Downloader.Configuration(environment: environment))
    let locker = Locker(
      recipe: recipe, store: store, downloader: downloader, progress: progress, environment: environment
    ) { WheelBuilder(store: store, lockfile: $0, progress: progress) }
    let lockfile = try await locker.lock(
      earlier: earlier,
      upgrade: !names.isEmpty ? .named(Set(names)) : upgrade || asOf != nil ? .everything : .nothing,
      asOf: asOf?.seconds)
    try Task.checkCancellation()
    let isNew = wasEdited || lockfile != earlier
    if isNew { try lockfile.write(to: path) }
    let difference = LockfileDifference(from: earlier, to: lockfile)
    let packages = lockfile.debian.packages.count
    let wheels = lockfile.python?.packages.count ?? 0
    try report(difference, lockfile, wrote: isNew)
    progress.say(
      isNew
        ? "\(path): \(packages) packages, \(wheels) wheels; \(difference.moves.count) moved, \(ByteCount(difference.bytesToFetch)) to fetch"
        : "\(path): nothing moved")
    if upgrade, case .locked(let format, let file, _)? = recipe.python?.requirements,
      names.isEmpty || lockfile.python?.packages.contains(where: { names.contains($0.name) }) == true
    {
      progress.say("wheels stay as \(file.value.relative) pins them; to move them, \(format.upgradeAdvice)")
    }
  }

  private func report(_ difference: LockfileDifference, _ lockfile: Lockfile, wrote: Bool) throws(Diagnostic)
  {
    if json { return try Output.json(LockReport(difference, lockfile, wrote: wrote)) }
    for line in difference.summary { print(line) }
  }

  private func requireKnown(_ names: [String], _ lockfile: Lockfile) throws(Diagnostic) {
    let wheels = (lockfile.python?.packages ?? []) + (lockfile.python?.sources.flatMap(\.requires) ?? [])
    let known = lockfile.debian.all.map(\.name) + wheels.map(\.name)
    for name in names where !known.contains(name) {
      throw Diagnostic(
        .usage, "the lockfile pins nothing called '\(name)'",
        hints: [NearestName.hint(for: name, among: known)].compactMap { $0 })
    }
  }
}

/// A moment as a person writes it: `2026-11-01`, which is that day's end, or `2026-11-01T12:00:00Z`.
struct Moment: ExpressibleByArgument {
  /// Since 1970.
  let seconds: Int64

  init?(argument: String) {
    guard let seconds = Timestamp.seconds(argument) ?? Timestamp.seconds(argument + "T23:59:59Z") else {
      return nil
    }
    self.seconds = seconds
  }
}

extension PythonExport.Format: ExpressibleByArgument {}

extension WheelBuilder: WheelBuilding {}
