import DebianPackages
package import Essentials
package import Lockfiles
import PythonPackages
package import Recipes
package import Storage
import SystemPackage
package import Transfer

/// Brings what a lockfile pins into the store.
package struct LockedArtifacts: Sendable {
  let recipe: Recipe
  let lockfile: Lockfile
  let store: Store
  let downloader: Downloader
  let environment: @Sendable (String) -> String?

  /// - Parameter environment: says where archives are, where not those of this machine's apt and pip are meant.
  package init(
    recipe: Recipe, lockfile: Lockfile, store: Store, downloader: Downloader,
    environment: @escaping @Sendable (String) -> String?
  ) {
    self.recipe = recipe
    self.lockfile = lockfile
    self.store = store
    self.downloader = downloader
    self.environment = environment
  }

  /// What fetching came to.
  package struct Outcome: Sendable {
    package let fetched: Int
    /// In bytes.
    package let bytes: Int64
    package let total: Int
  }

  /// Fetches what isn't stored; where all is, no request is made.
  /// - Throws: `.verificationFailed` where what a pin's digest stands for is of another name or version than the pin
  ///   says.
  package func fetch(progress: Progress) async throws -> Outcome {
    try requireNamedAlike()
    let pins = lockfile.artifacts
    try store.hold(pins.map(\.digest))
    let missing = Set(pins.filter { !store.contains($0.digest) }.map(\.digest))
    guard !missing.isEmpty else {
      try await requireAlike()
      try keep()
      return Outcome(fetched: 0, bytes: 0, total: pins.count)
    }
    let debian = (lockfile.debian.packages + lockfile.debian.initrd).filter { missing.contains($0.digest) }
    let wheels = (lockfile.python?.packages ?? []).filter { missing.contains($0.digest) }
    var artifacts: [Artifact] = []
    if !debian.isEmpty { artifacts += try await locate(debian) }
    if !wheels.isEmpty { artifacts += try await locate(wheels) }
    try await downloader.fetch(artifacts, into: store, progress: progress)
    try await requireAlike()
    try keep()
    return Outcome(fetched: artifacts.count, bytes: artifacts.reduce(0) { $0 + $1.size }, total: pins.count)
  }

  /// Keeps the artifacts from being collected, also where the lockfile came from a colleague rather than from `lock`.
  private func keep() throws(Diagnostic) {
    let name = recipe.folder.real.string
    let artifacts = lockfile.artifacts.map(\.digest)
    if let root = try store.root(.lockfile, name), Set(root.digests).isSuperset(of: artifacts) { return }
    let releases = lockfile.debian.suites.map(\.release).filter(store.contains)
    try store.keep(Root(.lockfile, name, digests: releases + artifacts))
  }

  /// A lockfile says which suite a package came from; the machine says where that suite is.
  private func locate(_ pins: [Lockfile.DebianPin]) async throws -> [Artifact] {
    let archives = try await Archives(
      recipe: recipe, store: store, downloader: downloader, environment: environment)
    let roots = archives.roots(of: Set(pins.map(\.suite)))
    return try pins.map { pin throws(Diagnostic) in
      // A package may move from one suite to another of the same archive; its digest decides anyhow.
      let urls = try (roots[pin.suite] ?? archives.allRoots).map { root throws(Diagnostic) in
        try ResourceURL("\(root)/\(Self.escaped(pin.path))")
      }
      return Artifact(digest: pin.digest, size: pin.size, urls: urls, label: "\(pin.name) \(pin.version)")
    }
  }

  private func locate(_ pins: [Lockfile.PythonPin]) async throws -> [Artifact] {
    let archive = try await PythonArchive(store: store, downloader: downloader, environment: environment)
    return try await pins.concurrentMap(limit: 16) { pin in
      var page: ProjectPage?
      if let name = ProjectName(pin.name) { page = try await archive.page(of: name) }
      guard let file = page?.files.first(where: { $0.sha256 == pin.digest }) else {
        if let other = page?.files.first(where: { $0.filename == pin.file })?.sha256 {
          throw Diagnostic(
            .verificationFailed, "the Python index has another \(pin.file) than is pinned",
            notes: ["  pinned:   \(pin.digest)", "  offered:  \(other)"],
            hints: [
              "undo the change where the lockfile was edited, or run '\(relock) \(pin.name)'"
            ])
        }
        throw Diagnostic(
          .notAvailableOffline, "the Python index no longer has \(pin.file)",
          hints: ["run '\(relock) \(pin.name)' to choose another version"])
      }
      return Artifact(
        digest: pin.digest, size: pin.size, urls: [try ResourceURL(file.url)],
        label: "\(pin.name) \(pin.version)")
    }
  }

  /// How to choose another version; a name belongs behind it.
  private var relock: String {
    let folder = recipe.file.removingLastComponent()
    return "hardtack lock \(folder.isEmpty ? "." : folder) --upgrade"
  }

  /// Percent-encodes what may not stand in a URL's path: versions hold `+`, `~` and `:`.
  private static func escaped(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "%" + Hexadecimal.text([byte]).uppercased()
      }
    }
    return text
  }
}

extension Archives {
  /// The archive roots that each of the suites may lie under: those whose source names the suite, else all.
  func roots(of suites: Set<String>) -> [String: [String]] {
    var roots: [String: [String]] = [:]
    for name in suites {
      let suite = name.split(separator: "/").last.map(String.init) ?? name
      let named = sources.filter { $0.suite == suite || $0.suite.hasPrefix(suite + "/") }.map(\.uri)
      if !named.isEmpty { roots[name] = named + allRoots.filter { !named.contains($0) } }
    }
    return roots
  }

  var allRoots: [String] {
    var seen: Set<String> = []
    return sources.map(\.uri).filter { seen.insert($0).inserted }
  }
}
