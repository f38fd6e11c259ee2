import DebianPackages
import Essentials
import Lockfiles
import PythonPackages
import Recipes

/// The operating system's part of a lock.
struct DebianLock {
  let recipe: Recipe
  let index: PackageIndex
  let earlier: Lockfile?
  let upgrade: Locker.Upgrade

  struct Outcome {
    let packages: [Lockfile.DebianPin]
    let initrd: [Lockfile.DebianPin]
    /// What wheels are built with beside `packages`.
    let build: [Lockfile.DebianPin]

    var all: [Lockfile.DebianPin] { packages + initrd + build }
  }

  func solve() throws(Diagnostic) -> Outcome {
    let solution = try PackageSolver(index, options(kept)).solve(recipe.packages.map(Self.request))
    let initrd = try PackageSolver(index, PackageSolver.Options(variant: .empty, pins: pins, kept: kept))
      .solve([PackageRequest(try RelationGroup(parsing: "busybox-static"))])
    return Outcome(
      packages: try solution.choices.map { choice throws(Diagnostic) in
        try pin(choice.package, [reason(choice)])
      },
      initrd: try initrd.choices.filter { $0.package.name.text == "busybox-static" }
        .map { choice throws(Diagnostic) in try pin(choice.package, [.initrd]) },
      build: try build(beside: solution))
  }

  private func options(_ kept: [PackageName: DebianVersion]) -> PackageSolver.Options {
    PackageSolver.Options(
      variant: recipe.base.variant == .minbase ? .minbase : .essential, recommends: recipe.recommends,
      pins: pins, kept: kept)
  }

  private static func request(_ package: Located<PackageRequest>) -> PackageRequest {
    PackageRequest(package.value.group, suite: package.value.suite, at: package.location)
  }

  /// What wheels are built with and the image doesn't have. It goes on top of the image's own packages, none of which it
  /// may change: a wheel is built for exactly those.
  private func build(beside image: Solution) throws(Diagnostic) -> [Lockfile.DebianPin] {
    guard let wanted = recipe.python?.buildPackages, let first = wanted.first else { return [] }
    let versions = Dictionary(
      image.choices.map { ($0.package.name, $0.package.version) }, uniquingKeysWith: { first, _ in first })
    let whole = try PackageSolver(index, options(kept.merging(versions) { $1 })).solve(
      (recipe.packages + wanted).map(Self.request))
    let found = Dictionary(
      whole.choices.map { ($0.package.name, $0.package.digest) }, uniquingKeysWith: { first, _ in first })
    if let moved = image.choices.first(where: { found[$0.package.name] != $0.package.digest })?.package {
      throw Diagnostic(
        .noSolution,
        "the build packages don't go together with the image's \(moved.name.text) \(moved.version.text)",
        at: first.location, hints: ["ask for build packages that leave the image's own as they are"])
    }
    return try whole.choices.filter { versions[$0.package.name] == nil }.map { choice throws(Diagnostic) in
      try pin(choice.package, [reason(choice)])
    }
  }

  private var pins: PackagePins { PackagePins(rules: recipe.pins.map(\.value)) }

  private var kept: [PackageName: DebianVersion] {
    guard let earlier, upgrade != .everything else { return [:] }
    var kept: [PackageName: DebianVersion] = [:]
    for pin in earlier.debian.all {
      if case .named(let names) = upgrade, names.contains(pin.name) { continue }
      if let name = PackageName(pin.name), let version = DebianVersion(pin.version) { kept[name] = version }
    }
    return kept
  }

  private func pin(
    _ choice: BinaryPackage, _ because: [Lockfile.Reason]
  ) throws(Diagnostic) -> Lockfile.DebianPin {
    let package = try asBefore(choice) ?? choice
    return Lockfile.DebianPin(
      name: package.name.text, version: package.version.text, architecture: package.architecture,
      size: package.size, digest: package.digest, path: package.path, suite: package.archive.identifier,
      because: because)
  }

  /// The same package in the suite that an earlier lock took it from, where that suite still has it: a version that
  /// stands in another suite too has not moved.
  private func asBefore(_ choice: BinaryPackage) throws(Diagnostic) -> BinaryPackage? {
    guard
      let pin = (earlier?.debian.all ?? []).first(where: {
        $0.name == choice.name.text && $0.digest == choice.digest
      }),
      pin.suite != choice.archive.identifier
    else { return nil }
    return try index.packages(named: choice.name)
      .first { $0.archive.identifier == pin.suite && $0.digest == pin.digest }
  }

  private func reason(_ choice: Solution.Choice) -> Lockfile.Reason {
    let relation = choice.alternative?.description
    switch choice.because {
    case .requested: return .requested
    case .essential: return .essential
    case .variant: return .base
    case .preDepends(let name): return .dependency(.preDepends, of: name.text, relation: relation)
    case .depends(let name): return .dependency(.depends, of: name.text, relation: relation)
    case .recommends(let name): return .dependency(.recommends, of: name.text, relation: relation)
    case .suggests(let name): return .dependency(.suggests, of: name.text, relation: relation)
    }
  }
}

extension DebianLock.Outcome {
  /// The suites that the pins name: as the earlier lockfile has them while all their pins are the earlier's, else as
  /// they are now.
  func suites(among current: [Archives.Suite], earlier: Lockfile?) -> [Lockfile.Suite] {
    func contents(_ pins: [Lockfile.DebianPin]) -> Set<String> {
      Set(pins.map { "\($0.name) \($0.version) \($0.digest)" })
    }
    let before = contents(earlier?.debian.all ?? [])
    let pins = Dictionary(grouping: all, by: \.suite)
    return current.compactMap { suite in
      guard let own = pins[suite.name] else { return nil }
      if let same = earlier?.debian.suites.first(where: { $0.suite == suite.name }),
        contents(own).isSubset(of: before)
      {
        return same
      }
      return Lockfile.Suite(
        suite: suite.name, origin: suite.release.origin, label: suite.release.label, date: suite.release.date,
        release: suite.digest)
    }
  }

  /// What wheels are chosen for: the Python and the C library of the locked packages, not the host's.
  func target(for recipe: Recipe) throws(Diagnostic) -> TargetEnvironment {
    func version(_ name: (String) -> Bool) -> String? {
      packages.first { name($0.name) }.flatMap { DebianVersion($0.version)?.upstream }
    }
    let interpreter = version { name in
      name.hasPrefix("python3.") && name.hasSuffix("-minimal") && !name.hasPrefix("lib")
    }
    guard let interpreter, let python = PythonVersion(Self.plain(interpreter)) else {
      throw Diagnostic(
        .noSolution, "the recipe asks for Python requirements, but its packages hold no Python",
        hints: ["add python3 to the recipe's 'packages'"])
    }
    let parts = (version { $0 == "libc6" } ?? "").split(separator: ".").compactMap { Int($0) }
    guard parts.count >= 2 else {
      throw Diagnostic(.noSolution, "the recipe's packages hold no libc6, which wheels are linked against")
    }
    return TargetEnvironment(
      python: python, architecture: recipe.base.architecture,
      glibc: TargetEnvironment.GlibcVersion(major: parts[0], minor: parts[1]))
  }

  /// The upstream version without what Debian appends to it, as in `3.13.0~rc1+dfsg`.
  private static func plain(_ version: String) -> String {
    String(version.prefix { $0.isNumber || $0 == "." })
  }
}
