import DebianPackages
import Essentials
import Recipes
import SystemPackage

extension Archives {
  /// The archives of a recipe: those that this machine's apt is set up for, or in their place the mirror that the
  /// environment names, and the recipe's own.
  /// - Throws: where no source can be for the recipe's suite.
  static func sources(
    of recipe: Recipe, environment: (String) -> String?
  ) throws(Diagnostic) -> [AptSource] {
    let codename = recipe.base.suite
    let own = recipe.archives.map { archive in
      AptSource(
        uri: archive.value.url, suite: archive.value.suite, components: archive.value.components,
        signedBy: .keyring(archive.value.signedBy.real), location: archive.location)
    }
    let machine = try machineSources(codename: codename, recipe.base.architecture, environment)
      .filter { mayBe($0.suite, codename) }
    guard !machine.isEmpty || !own.isEmpty else {
      throw Diagnostic(
        .noSolution, "this machine's apt has no source for \(recipe.base.distribution.rawValue) \(codename)",
        at: recipe.base.location,
        hints: [
          "add one to /etc/apt/sources.list.d, or set HARDTACK_DEBIAN_MIRROR to the address of an archive"
        ])
    }
    return machine + own
  }

  /// All archives that this machine's apt is set up for, or in their place the mirror that the environment names.
  static func machineSources(
    codename: String, _ architecture: Architecture, _ environment: (String) -> String?
  ) throws(Diagnostic) -> [AptSource] {
    guard let mirror = environment("HARDTACK_DEBIAN_MIRROR"), !mirror.isEmpty else {
      return try AptSource.all(architecture: architecture)
    }
    let keyring = environment("HARDTACK_DEBIAN_KEYRING").flatMap { $0.isEmpty ? nil : FilePath($0) }
    return [codename, codename + "-updates"].map { suite in
      AptSource(
        uri: mirror.hasSuffix("/") ? String(mirror.dropLast()) : mirror, suite: suite, components: ["main"],
        signedBy: keyring.map { .keyring($0) } ?? .trustedKeyrings,
        location: Diagnostic.Location(file: "HARDTACK_DEBIAN_MIRROR"))
    }
  }

  /// Whether a source for `suite` can turn out to be the codename's: by the codename, or by a word like stable.
  private static func mayBe(_ suite: String, _ codename: String) -> Bool {
    let words = ["stable", "oldstable", "oldoldstable", "testing", "unstable"]
    return ([codename] + words).contains {
      suite == $0 || suite.hasPrefix($0 + "-") || suite.hasPrefix($0 + "/")
    }
  }
}

/// Where the pools of some archives are.
struct ArchivePlaces {
  private let sources: [AptSource]

  init(_ sources: [AptSource]) { self.sources = sources }

  /// The archive roots that each of the suites may lie under: those whose source names the suite, else all.
  func roots(of suites: Set<String>) -> [String: [String]] {
    var roots: [String: [String]] = [:]
    for name in suites {
      let suite = name.split(separator: "/").last.map(String.init) ?? name
      let named = sources.filter { $0.suite == suite || $0.suite.hasPrefix(suite + "/") }.map(\.uri)
      if !named.isEmpty { roots[name] = named + all.filter { !named.contains($0) } }
    }
    return roots
  }

  var all: [String] {
    var seen: Set<String> = []
    return sources.map(\.uri).filter { seen.insert($0).inserted }
  }
}
