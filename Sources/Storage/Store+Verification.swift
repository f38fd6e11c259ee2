package import Essentials
import SystemPackage

extension Store {
  /// What a verification of the whole store found.
  package struct Verification: Sendable, Equatable {
    package var blobs = 0
    package var bytes: Int64 = 0
    /// Blobs that were damaged; they're in quarantine now.
    package var damaged: [Digest] = []
  }

  /// Reads every blob again, whatever was verified before, on all processors, and moves what is damaged into
  /// quarantine.
  /// - Throws: where a blob can't be read at all, or a root or the index is damaged.
  package func verify(_ progress: Progress) async throws -> Verification {
    // The largest first, so that no processor is left with one at the end.
    let all = try blobs().sorted { ($0.size, $0.digest) > ($1.size, $1.digest) }
    let bytes = all.reduce(0) { $0 + $1.size }
    _ = try roots()
    _ = try tags()
    let stage = progress.stage("verifying the store", bytes: bytes, items: all.count)
    defer { stage.finish() }
    let damaged = try await all.concurrentMap { blob -> Digest? in
      try Task.checkCancellation()
      defer { stage.advance(bytes: blob.size, items: 1) }
      return try self.isDamaged(blob.digest) ? blob.digest : nil
    }
    return Verification(blobs: all.count, bytes: bytes, damaged: damaged.compactMap(\.self).sorted())
  }

  private func isDamaged(_ digest: Digest) throws(Diagnostic) -> Bool {
    do {
      let (file, information) = try openBlob(digest)
      defer { try? file.close() }
      try verify(digest, file, information)
      return false
    } catch {
      switch error.category {
      case .verificationFailed: return true
      // Collected meanwhile.
      case .notAvailableOffline: return false
      default: throw error
      }
    }
  }
}
