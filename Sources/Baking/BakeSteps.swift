import DebianPackages
import Essentials
import Images
import Lockfiles
import PythonPackages
import Recipes
import SystemPackage

/// The steps that a recipe and its lockfile come to.
struct BakeSteps {
  let recipe: Recipe
  let lockfile: Lockfile
  /// The application's source, where there is one.
  private let source: SourceTree?

  private let wheels: [PythonStep.Wheel]

  /// - Throws: where the application's source can't be read, or a wheel is of another name or version than its pin
  ///   says.
  init(recipe: Recipe, lockfile: Lockfile) throws(Diagnostic) {
    self.recipe = recipe
    self.lockfile = lockfile
    wheels = try (lockfile.python?.packages ?? []).map { pin throws(Diagnostic) in
      guard let filename = WheelFilename(pin.file, of: pin.name, pin.version) else {
        throw Lockfile.mismatch(pin.name, pin.version, pin.file)
      }
      return PythonStep.Wheel(
        name: pin.name, filename: filename, digest: pin.digest,
        isRequested: pin.because.contains(.requested),
        build: try lockfile.python?.source(of: pin).map { source throws(Diagnostic) in
          try SourceBuild(source, lockfile)
        })
    }
    guard let application = recipe.application else {
      source = nil
      return
    }
    source = try SourceTree.read(application.source.value.real) { path, isFolder in
      !application.includes(path, isFolder: isFolder)
    }
  }

  var os: OSStep { OSStep(lockfile) }

  /// The package that the initrd's busybox comes from.
  var busybox: Digest {
    get throws(Diagnostic) {
      guard let package = lockfile.debian.initrd.first(where: { $0.name == "busybox-static" }) else {
        throw Diagnostic(
          .noSolution, "the lockfile pins no busybox-static, which the initrd is made of",
          hints: ["run 'hardtack lock \(recipe.file.removingLastComponent())'"])
      }
      return package.digest
    }
  }

  var runtime: PythonRuntime? {
    lockfile.python.map {
      PythonRuntime(version: $0.interpreter, environmentFolder: recipe.python?.environment.string)
    }
  }

  func python(over below: [Layer]) throws(Diagnostic) -> PythonStep? {
    guard let environment = recipe.python?.environment, let runtime else { return nil }
    return PythonStep(
      below: below, runtime: runtime, python: try lockfile.interpreterVersion(),
      environment: environment, wheels: wheels)
  }

  func application(over below: [Layer]) -> ApplicationStep? {
    guard let application = recipe.application, let source else { return nil }
    return ApplicationStep(
      below: below, source: source, destination: application.destination.string,
      commands: application.build.map { BuildCommand(run: $0.value.run, inputs: selected($0.value.inputs)) },
      python: runtime)
  }

  /// The part of the application's source that patterns name; nil where there are none.
  private func selected(_ globs: [Glob]?) -> SourceTree? {
    guard let globs else { return nil }
    return source?.selecting { path, isFolder in globs.contains { $0.matches(path, isFolder: isFolder) } }
  }

  func configuration(over below: [Layer]) throws(Diagnostic) -> ConfigurationStep {
    let files = try recipe.files.map { file throws(Diagnostic) in
      ConfigurationStep.File(
        source: try SourceTree.read(file.value.source.real), destination: file.value.destination.string,
        mode: UInt32(file.value.mode.rawValue), owner: file.value.owner, group: file.value.group)
    }
    return ConfigurationStep(
      below: below, files: files,
      guest: GuestFiles.all(
        secrets: recipe.secrets.map(\.value), state: recipe.state.map(\.value.string),
        orders: recipe.swap?.units.all ?? []),
      enabled: recipe.services.enable.map(\.value.description),
      disabled: recipe.services.disable.map(\.value.description), ordered: recipe.swap?.units.all ?? [])
  }

  /// - Parameter secrets: the values that must not be in any layer, by name.
  func gates(secrets: [String: Secret]) throws(Diagnostic) -> Gates {
    let folder = recipe.application?.destination.string ?? "/"
    let checks = recipe.checks.map {
      Gate(name: $0.value.name, run: $0.value.run, inputs: selected($0.value.inputs), folder: folder)
    }
    let units = try self.units()
    let commands = BuiltInCommands(
      recipe: recipe, lockfile: lockfile.debian.packages.map(\.name), source: source, units: units)
    return Gates(
      commands: checks + commands.gates,
      files: TreeGates(
        units: units, secrets: recipe.secrets.map(\.value.name), settings: recipe.gates,
        architecture: recipe.base.architecture, python: try wheelConsistency()),
      leaks: LeakGate(
        values: declared(secrets), isSilenced: recipe.gates.silenced[.privateKeys] != nil,
        artifacts: Dictionary(
          lockfile.debian.packages.map { ($0.name, $0.digest) }, uniquingKeysWith: { first, _ in first })),
      python: runtime)
  }

  /// Those of `values` that the recipe declares: a source may have any number of others, the whole environment even. A value
  /// that is its own default is in the image's configuration anyway.
  private func declared(_ values: [String: Secret]) -> [String: Secret] {
    var declared: [String: Secret] = [:]
    for value in recipe.secrets.flatMap(\.value.values) {
      guard let given = values[value.name], value.fallback.map({ Secret($0) != given }) ?? true else {
        continue
      }
      declared[value.name] = given
    }
    return declared
  }

  private func wheelConsistency() throws(Diagnostic) -> WheelConsistency? {
    guard let python = lockfile.python, let environment = recipe.python?.environment else { return nil }
    return WheelConsistency(
      environmentFolder: environment.string, series: python.interpreter,
      python: try lockfile.interpreterVersion(), architecture: recipe.base.architecture)
  }

  /// The units that the recipe enables, adds or extends, in bytewise order.
  private func units() throws(Diagnostic) -> [String] {
    var units = Set(recipe.services.enable.map(\.value.description))
    let folders = ["/etc/systemd/system/", "/usr/lib/systemd/system/"]
    for file in recipe.files {
      let destination = file.value.destination.string
      let paths =
        file.value.source.isFolder
        ? try SourceTree.read(file.value.source.real).entries.map { "\(destination)/\($0.path)" }
        : [destination]
      for path in paths {
        guard let folder = folders.first(where: path.hasPrefix) else { continue }
        var name = path.dropFirst(folder.count).prefix { $0 != "/" }
        if name.hasSuffix(".d") { name = name.dropLast(2) }
        // Of what extends a whole class of units, and of templates, there is no one unit to look at.
        guard let unit = UnitName(String(name)), unit.description == name, !name.contains("@."),
          !name.contains("-.")
        else { continue }
        units.insert(String(name))
      }
    }
    return units.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
