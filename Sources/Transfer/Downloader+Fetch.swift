package import Essentials
package import Storage

extension Downloader {
  /// Brings artifacts into the store, several at a time; those already stored cost no request.
  ///
  /// Each is checked against its digest while it streams in, whatever source it comes from, and all become visible
  /// together when they're on the disk. A broken or cancelled run keeps what it has for the next.
  /// - Throws: `verificationFailed` where every source serves something else than what is pinned,
  ///   `notAvailableOffline` where none can be reached. What was fetched until then is stored.
  package func fetch(_ artifacts: [Artifact], into store: Store, progress: Progress) async throws {
    let failures = try await fetch(artifacts, into: store, progress, endingAtFailure: true)
    if let failure = failures.first?.diagnostic { throw failure }
  }

  /// Brings artifacts into the store as ``fetch(_:into:progress:)`` does, those that can be had.
  /// - Returns: the others, each with what is wrong.
  /// - Throws: what is no artifact's fault: a full disk, a cancelled task.
  package func fetchPossible(
    _ artifacts: [Artifact], into store: Store, progress: Progress
  ) async throws -> [(artifact: Artifact, diagnostic: Diagnostic)] {
    try await fetch(artifacts, into: store, progress, endingAtFailure: false)
  }

  private func fetch(
    _ artifacts: [Artifact], into store: Store, _ progress: Progress, endingAtFailure: Bool
  ) async throws -> [(artifact: Artifact, diagnostic: Diagnostic)] {
    try store.hold(artifacts.map(\.stored))
    var seen: Set<Digest> = []
    let wanted = artifacts.filter { seen.insert($0.stored).inserted && !store.contains($0.stored) }
    guard !wanted.isEmpty else { return [] }
    let bytes = wanted.reduce(Int64(0)) { $0 &+ max(0, $1.size) }
    try store.requireSpace(
      wanted.reduce(bytes) {
        $0 &+ max(0, $1.content?.size ?? 0) - min($1.size, store.partialSize(of: $1.digest))
      })
    let stage = progress.stage("fetching", bytes: bytes, items: wanted.count)
    defer { stage.finish() }
    let publication = Publication(store)
    let failures: [(artifact: Artifact, diagnostic: Diagnostic)?]
    do {
      // The largest first, so that none is left alone at the end.
      failures = try await wanted.sorted { ($0.size, $0.digest) > ($1.size, $1.digest) }
        .concurrentMap(limit: configuration.parallel) { artifact in
          stage.detail(artifact.label)
          do {
            try await self.fetch(artifact, into: store, stage, publication)
          } catch let failure as SourceFailure {
            if endingAtFailure { throw failure.diagnostic }
            return (artifact, failure.diagnostic)
          }
          stage.advance(items: 1)
          return nil
        }
    } catch {
      // What is whole is not lost with what failed. Whoever cancels wants to leave at once: it is in `ingest/`
      // and needs no second request.
      if !(error is CancellationError) { try await publication.publish() }
      throw error
    }
    try await publication.publish()
    return failures.compactMap(\.self)
  }

  private func fetch(
    _ artifact: Artifact, into store: Store, _ stage: Progress.Stage, _ publication: Publication
  ) async throws {
    guard !artifact.urls.isEmpty else {
      throw SourceFailure(
        diagnostic: Diagnostic(.notAvailableOffline, "there is no source for \(artifact.label)"))
    }
    let download = try Download(artifact, store, stage)
    if download.isComplete {
      if try await publish(download, publication) == nil { return }
      try download.replace()
    }
    var plan = RetryPlan(sources: artifact.urls.count, configuration)
    var url = artifact.urls[0]
    while true {
      try Task.checkCancellation()
      let outcome = try await perform(try download.order(url), download)
      var verdict = try download.judge(outcome, url)
      if verdict == nil {
        guard let mismatch = try await publish(download, publication) else { return }
        verdict = download.judgeMismatch(url, mismatch)
        try download.replace()
      }
      guard let verdict else { return }
      switch plan.next(after: verdict, random: configuration.random()) {
      case .giveUp(let diagnostic): throw SourceFailure(diagnostic: diagnostic)
      case .attempt(let source, let pause):
        if pause > .zero { try await configuration.pause(pause) }
        url = artifact.urls[source]
      }
    }
  }

  /// - Returns: what is wrong with it, where something is.
  private func publish(_ download: Download, _ publication: Publication) async throws -> Diagnostic? {
    do {
      try await publication.add(try download.content(), download.artifact)
      return nil
    } catch let diagnostic as Diagnostic where diagnostic.category == .verificationFailed {
      return diagnostic
    }
  }
}

/// No source has an artifact.
struct SourceFailure: Error {
  let diagnostic: Diagnostic
}

/// Collects what is whole, to be published at once.
private actor Publication {
  private let group: PublicationGroup

  init(_ store: Store) { group = PublicationGroup(store) }

  func add(_ ingest: Ingest, _ artifact: Artifact) throws {
    try group.add(
      ingest, expecting: artifact.stored, size: artifact.content?.size ?? artifact.size)
  }

  func publish() throws { try group.publish() }
}
