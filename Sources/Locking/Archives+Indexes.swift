import DebianPackages
import Essentials
import Recipes
import Storage
import SystemPackage
import Transfer

extension Archives {
  /// What the archives hold now.
  ///
  /// An archive that changes between the Release file and what that names is read once again from the start, so that
  /// nothing of before is mixed with anything of after.
  func current(_ progress: Progress) async throws -> Contents {
    let stage = progress.stage("reading the archives")
    let suites = try await suites()
    stage.finish()
    do { return try await contents(of: suites, progress) } catch let fault as Diagnostic
      where [.verificationFailed, .notAvailableOffline, .failed].contains(fault.category)
    {
      let again = try await self.suites()
      guard again.map(\.digest) != suites.map(\.digest) else {
        guard fault.category == .verificationFailed else { throw fault }
        throw Diagnostic(
          fault.category, fault.message, at: fault.location, notes: fault.notes,
          hints: [
            "the archive may be amid an update, or a proxy on the way may serve an old file; run the command again in some minutes"
          ])
      }
      progress.say("an archive has changed meanwhile; reading it again")
      return try await contents(of: again, progress)
    }
  }

  /// What `suites` list.
  ///
  /// What the store holds is not fetched again: an index file is known by the digest in its Release file; its unpacked
  /// text, and what was read from all of them, by actions.
  private func contents(of suites: [Suite], _ progress: Progress) async throws -> Contents {
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
    let texts = try await wanted.concurrentMap { try text(of: $0.entry) }
    let parts = try zip(wanted, texts).map { wanted, text throws(Diagnostic) in
      PackageIndex.Part(
        Self.archive(wanted.suite, wanted.component), IndexText(try store.open(text)))
    }
    return Contents(
      suites: suites, index: try index(parts, texts),
      blobs: artifacts.map(\.digest) + suites.map(\.digest))
  }

  private static func archive(_ suite: Suite, _ component: String) -> PackageArchive {
    PackageArchive(
      identifier: suite.name, origin: suite.release.origin, label: suite.release.label,
      suite: suite.release.suite, codename: suite.release.codename, version: suite.release.version,
      component: component,
      isNotAutomatic: suite.release.isNotAutomatic,
      hasAutomaticUpgrades: suite.release.hasAutomaticUpgrades)
  }

  /// The index of `parts`: as it was kept, where these very texts were read before.
  private func index(_ parts: [PackageIndex.Part], _ texts: [Digest]) throws(Diagnostic) -> PackageIndex {
    let architecture = recipe.base.architecture
    let inputs = texts.enumerated().map { ("text \($0.offset)", $0.element) }
    let key = ActionKey(
      "read package indexes", version: 1, inputs: Dictionary(uniqueKeysWithValues: inputs),
      parameters: ["architecture": architecture.debian])
    // What is damaged is put aside by opening it, and made again.
    if let kept = try store.action(for: key)?.outputs["tables"], let tables = try? store.open(kept),
      let index = PackageIndex(parts, tables: IndexText(tables), architecture: architecture)
    {
      return index
    }
    let index = try PackageIndex(parts, architecture: architecture)
    let ingest = try store.ingest()
    try index.tables.withBytes { bytes throws(Diagnostic) in try ingest.write(bytes) }
    try store.record(key, ActionResult(outputs: ["tables": try ingest.commit()]))
    return index
  }

  private static func urls(_ entry: ReleaseFile.Entry, of suite: Suite) throws(Diagnostic) -> [ResourceURL] {
    let plain = try ResourceURL("\(suite.source.releaseFolder)/\(entry.path)")
    guard suite.release.hasByHash, let slash = entry.path.lastIndex(of: "/") else { return [plain] }
    // Under its digest an index stays reachable for a while after the archive has moved on.
    let folder = "\(suite.source.releaseFolder)/\(entry.path[..<slash])"
    return [try ResourceURL("\(folder)/by-hash/SHA256/\(entry.digest.hexadecimal)"), plain]
  }

  /// The text of an index file.
  private func text(of entry: ReleaseFile.Entry) throws(Diagnostic) -> Digest {
    guard !entry.path.hasSuffix("Packages") else { return entry.digest }
    let key = ActionKey("unpack package index", version: 1, inputs: ["index": entry.digest])
    if let text = try store.action(for: key)?.outputs["text"] { return text }
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
    return digest
  }
}
