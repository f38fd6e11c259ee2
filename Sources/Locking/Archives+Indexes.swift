import DebianPackages
import Essentials
import Recipes
import Storage
import SystemPackage
import Transfer

extension Archives {
  /// The package index of all suites, and the blobs that it was read from.
  ///
  /// What the store holds is not fetched again: an index file is known by the digest in its Release file, and its
  /// unpacked text by an action.
  func index(of suites: [Suite], progress: Progress) async throws -> (index: PackageIndex, blobs: [Digest]) {
    let architecture = recipe.base.architecture
    var wanted: [(suite: Suite, component: String, entry: ReleaseFile.Entry)] = []
    for suite in suites {
      for component in suite.source.components {
        guard let entry = suite.release.packageIndex(component: component, architecture: architecture) else {
          throw Diagnostic(
            .noSolution, "\(suite.name) has no component '\(component)' for \(architecture.debian)",
            at: suite.source.location,
            hints: ["its components are \(suite.release.components.joined(separator: ", "))"])
        }
        wanted.append((suite, component, entry))
      }
    }
    let artifacts = try wanted.map { suite, component, entry throws(Diagnostic) in
      Artifact(
        digest: entry.digest, size: entry.size, urls: try Self.urls(entry, of: suite),
        label: "package index of \(suite.name)/\(component)")
    }
    try await downloader.fetch(artifacts, into: store, progress: progress)
    let parts = try await wanted.concurrentMap { suite, component, entry in
      PackageIndex.Part(
        PackageArchive(
          identifier: suite.name, origin: suite.release.origin, label: suite.release.label,
          suite: suite.release.suite, codename: suite.release.codename, version: suite.release.version,
          component: component, site: try ResourceURL(suite.source.uri).host,
          isNotAutomatic: suite.release.isNotAutomatic,
          hasAutomaticUpgrades: suite.release.hasAutomaticUpgrades),
        IndexText(try text(of: entry)))
    }
    return (
      try PackageIndex(parts, architecture: architecture), artifacts.map(\.digest) + suites.map(\.digest)
    )
  }

  private static func urls(_ entry: ReleaseFile.Entry, of suite: Suite) throws(Diagnostic) -> [ResourceURL] {
    let plain = try ResourceURL("\(suite.source.releaseFolder)/\(entry.path)")
    guard suite.release.hasByHash, let slash = entry.path.lastIndex(of: "/") else { return [plain] }
    // Under its digest an index stays reachable for a while after the archive has moved on.
    let folder = "\(suite.source.releaseFolder)/\(entry.path[..<slash])"
    return [try ResourceURL("\(folder)/by-hash/SHA256/\(entry.digest.hexadecimal)"), plain]
  }

  private func text(of entry: ReleaseFile.Entry) throws(Diagnostic) -> MappedFile {
    guard entry.path.hasSuffix("Packages") == false else { return try store.open(entry.digest) }
    let key = ActionKey("unpack package index", version: 1, inputs: ["index": entry.digest])
    if let text = try store.action(for: key)?.outputs["text"] { return try store.open(text) }
    let reader = try ArchiveReader(try store.open(entry.digest), format: .raw, name: entry.path)
    let ingest = try store.ingest()
    if try reader.next() != nil {
      try reader.forEachBlock { (block: UnsafeRawBufferPointer) throws(Diagnostic) in
        guard ingest.count + Int64(block.count) <= 2 << 30 else {
          throw Diagnostic(.verificationFailed, "\(entry.path) unpacks to more than 2 GiB")
        }
        try ingest.write(block)
      }
    }
    let digest = try ingest.commit()
    try store.record(key, ActionResult(outputs: ["text": digest]))
    return try store.open(digest)
  }
}
