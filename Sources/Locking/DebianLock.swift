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
  }

  func solve() throws(Diagnostic) -> Outcome {
    try requireKnown()
    let options = PackageSolver.Options(
      variant: recipe.base.variant == .minbase ? .minbase : .essential, recommends: recipe.recommends,
      kept: kept)
    let solution = try PackageSolver(index, options).solve(recipe.packages.map { PackageRequest($0.value) })
    let initrd = try PackageSolver(index, PackageSolver.Options(variant: .empty, kept: kept))
      .solve([PackageRequest(try RelationGroup(parsing: "busybox-static"))])
    return Outcome(
      packages: solution.choices.map { pin($0.package, [reason($0)]) },
      initrd: initrd.choices.filter { $0.package.name.text == "busybox-static" }.map {
        pin($0.package, [.initrd])
      })
  }

  /// A name that no archive has is the person's slip, and worth a word of its own.
  private func requireKnown() throws(Diagnostic) {
    for request in recipe.packages {
      let names = request.value.alternatives.map(\.name)
      guard !names.contains(where: index.offers), let first = names.first else { continue }
      throw Diagnostic(
        .noSolution, "no archive has a package called '\(first)'", at: request.location,
        hints: [NearestName.hint(for: first.text, among: index.packageNames)].compactMap { $0 })
    }
  }

  private var kept: [PackageName: DebianVersion] {
    guard let earlier, upgrade != .everything else { return [:] }
    var kept: [PackageName: DebianVersion] = [:]
    for pin in earlier.debian.packages + earlier.debian.initrd {
      if case .named(let names) = upgrade, names.contains(pin.name) { continue }
      if let name = PackageName(pin.name), let version = DebianVersion(pin.version) { kept[name] = version }
    }
    return kept
  }

  private func pin(_ package: BinaryPackage, _ because: [Lockfile.Reason]) -> Lockfile.DebianPin {
    Lockfile.DebianPin(
      name: package.name.text, version: package.version.text, architecture: package.architecture,
      size: package.size, digest: package.digest, path: package.path, suite: package.archive.identifier,
      because: because)
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
