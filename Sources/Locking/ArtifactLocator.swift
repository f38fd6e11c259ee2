import DebianPackages
import Essentials
import Lockfiles
import PythonPackages
import Recipes
import Storage
import SystemPackage
import Transfer

/// Says where what a lockfile pins may be had: the lockfile says which suite a package came from, the machine says where
/// that suite is.
struct ArtifactLocator: Sendable {
  let lockfile: Lockfile
  /// Nil where the recipe isn't there any more; then archives of its own are unknown.
  let recipe: Recipe?
  let store: Store
  let downloader: Downloader
  let environment: @Sendable (String) -> String?

  /// The sources of all the pins among `digests`.
  /// - Throws: where one has none.
  func locate(_ digests: Set<Digest>) async throws -> [Artifact] {
    var artifacts = try debian(digests)
    let wheels = (lockfile.python?.indexFiles ?? []).filter { digests.contains($0.digest) }
    if !wheels.isEmpty {
      let archive = try await PythonArchive(store: store, downloader: downloader, environment: environment)
      artifacts += try await wheels.concurrentMap(limit: 16) { try await self.locate($0, in: archive) }
    }
    return artifacts
  }

  /// The sources of those pins among `digests` that have any, and what is wrong with the others.
  func locatePossible(_ digests: Set<Digest>) async throws -> (
    artifacts: [Artifact], failures: [Digest: Diagnostic]
  ) {
    var artifacts: [Artifact] = []
    var failures: [Digest: Diagnostic] = [:]
    do { artifacts = try debian(digests) } catch let failure as Diagnostic {
      for pin in lockfile.debian.all { failures[pin.digest] = failure }
    }
    let wheels = (lockfile.python?.indexFiles ?? []).filter { digests.contains($0.digest) }
    guard !wheels.isEmpty else { return (artifacts, failures) }
    do {
      let archive = try await PythonArchive(store: store, downloader: downloader, environment: environment)
      let found = try await wheels.concurrentMap(limit: 16) { pin -> (Digest, Result<Artifact, Diagnostic>) in
        do { return (pin.digest, .success(try await self.locate(pin, in: archive))) } catch let failure
          as Diagnostic
        {
          return (pin.digest, .failure(failure))
        }
      }
      for (digest, outcome) in found {
        switch outcome {
        case .success(let artifact): artifacts.append(artifact)
        case .failure(let failure): failures[digest] = failure
        }
      }
    } catch let failure as Diagnostic {
      for pin in wheels { failures[pin.digest] = failure }
    }
    return (artifacts, failures)
  }

  private func debian(_ digests: Set<Digest>) throws -> [Artifact] {
    let pins = lockfile.debian.all.filter { digests.contains($0.digest) }
    guard !pins.isEmpty else { return [] }
    let places = ArchivePlaces(try sources())
    let roots = places.roots(of: Set(pins.map(\.suite)))
    return try pins.map { pin throws(Diagnostic) in
      // A package may move from one suite to another of the same archive; its digest decides anyhow.
      let urls = try (roots[pin.suite] ?? places.all).map { root throws(Diagnostic) in
        try ResourceURL("\(root)/\(Self.escaped(pin.path))")
      }
      return Artifact(digest: pin.digest, size: pin.size, urls: urls, label: "\(pin.name) \(pin.version)")
    }
  }

  private func sources() throws(Diagnostic) -> [AptSource] {
    if let recipe { return try Archives.sources(of: recipe, environment: environment) }
    let suites = lockfile.debian.suites.map(\.suite).filter { !$0.contains("/") }
    return try Archives.machineSources(
      codename: suites.min { $0.utf8.count < $1.utf8.count } ?? "", lockfile.debian.architecture, environment)
  }

  private func locate(_ pin: Lockfile.IndexFile, in archive: PythonArchive) async throws -> Artifact {
    var page: ProjectPage?
    if let name = ProjectName(pin.name) { page = try await archive.page(of: name) }
    guard let file = page?.files.first(where: { $0.sha256 == pin.digest }) else {
      if let other = page?.files.first(where: { $0.filename == pin.file })?.sha256 {
        throw Diagnostic(
          .verificationFailed, "the Python index has another \(pin.file) than is pinned",
          notes: ["  pinned:   \(pin.digest)", "  offered:  \(other)"],
          hints: ["undo the change where the lockfile was edited, or run '\(relock) \(pin.name)'"])
      }
      throw Diagnostic(
        .notAvailableOffline, "the Python index no longer has \(pin.file)",
        hints: ["run '\(relock) \(pin.name)' to choose another version"])
    }
    return Artifact(
      digest: pin.digest, size: pin.size, urls: [try ResourceURL(file.url)],
      label: "\(pin.name) \(pin.version)")
  }

  /// How to choose another version; a name belongs behind it.
  private var relock: String {
    let folder = recipe?.file.removingLastComponent() ?? "RECIPE"
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
