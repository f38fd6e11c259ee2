package import Essentials
import Glibc
import SystemPackage

extension Store {
  /// What a verification of the whole store found.
  package struct Verification: Sendable, Equatable {
    package var blobs = 0
    package var bytes: Int64 = 0
    /// Blobs that were damaged; they're in quarantine now.
    package var damaged: [Digest] = []
    /// Records of actions that were damaged; they're in quarantine now. The next bake does without them.
    package var actions = 0
    /// Roots, and the index, that are damaged. They stay where they are, so that nothing of what they keep is collected.
    package var references: [Diagnostic] = []

    package var isSound: Bool { damaged.isEmpty && actions == 0 && references.isEmpty }
  }

  /// Reads every blob again, whatever was verified before, on all processors, and moves what is damaged into
  /// quarantine; then everything else that the store keeps.
  /// - Throws: where a blob can't be read at all.
  package func verify(_ progress: Progress) async throws -> Verification {
    // The largest first, so that no processor is left with one at the end; the small ones many at a time.
    let all = try blobs().sorted { ($0.size, $0.digest) > ($1.size, $1.digest) }
    let bytes = all.reduce(0) { $0 + $1.size }
    let stage = progress.stage("verifying the store", bytes: bytes, items: all.count)
    defer { stage.finish() }
    let found = try await Self.portions(all).concurrentMap { portion in
      try self.verify(portion, stage)
    }
    marks.replace(found.flatMap { $0.sound })
    var result = Verification(blobs: all.count, bytes: bytes)
    result.damaged = found.flatMap { $0.damaged }.sorted()
    result.actions = try quarantineActions()
    result.references = damagedReferences()
    return result
  }

  /// Runs of blobs that together have some megabytes each, or a single larger one.
  private static func portions(_ blobs: [(digest: Digest, size: Int64)]) -> [ArraySlice<
    (digest: Digest, size: Int64)
  >] {
    var portions: [ArraySlice<(digest: Digest, size: Int64)>] = []
    var start = 0
    var bytes: Int64 = 0
    for index in blobs.indices {
      bytes += blobs[index].size
      if bytes >= 16 << 20 || index - start >= 500 || index == blobs.count - 1 {
        portions.append(blobs[start...index])
        (start, bytes) = (index + 1, 0)
      }
    }
    return portions
  }

  private func verify(_ portion: ArraySlice<(digest: Digest, size: Int64)>, _ stage: Progress.Stage) throws
    -> (
      sound: [VerifiedMarks.Mark], damaged: [Digest]
    )
  {
    var sound: [VerifiedMarks.Mark] = []
    var damaged: [Digest] = []
    for blob in portion {
      try Task.checkCancellation()
      do {
        let (file, information) = try openBlob(blob.digest)
        defer { try? file.close() }
        try hash(blob.digest, file, information) { stage.advance(bytes: $0) }
        sound.append((blob.digest, VerifiedMarks.Identity(information)))
      } catch {
        switch error.category {
        case .verificationFailed: damaged.append(blob.digest)
        // Collected meanwhile.
        case .notAvailableOffline: break
        default: throw error
        }
      }
      stage.advance(items: 1)
    }
    return (sound, damaged)
  }

  /// The roots, the index and the names in it that can't be what they should.
  private func damagedReferences() -> [Diagnostic] {
    var found: [Diagnostic] = []
    for kind in Root.Kind.allCases {
      do {
        for path in try rootPaths(kind) {
          do { _ = try load(path, kind) } catch { found.append(error) }
        }
      } catch { found.append(error) }
    }
    do {
      for tag in try tags() {
        guard let size = size(of: tag.digest), size != tag.size else { continue }
        found.append(
          Diagnostic(
            .verificationFailed,
            "the release '\(tag.name)' is \(tag.digest) of \(size) bytes, and index.json says \(tag.size)",
            hints: ["bake it again with its name"]))
      }
    } catch { found.append(error) }
    return found
  }
}
