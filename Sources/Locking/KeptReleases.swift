import DebianPackages
import Essentials
import Lockfiles
import Storage

/// The signed Release files that a store has kept from earlier locks.
struct KeptReleases: Sendable {
  private let store: Store
  private let moment: Int64
  /// What they say of themselves, the newest first. Nothing of it counts before the signature is verified.
  private let claims: [(digest: Digest, release: ReleaseFile)]

  /// How such a file begins (RFC 4880, section 7), and what ends its text.
  private static let head = Array("-----BEGIN PGP SIGNED MESSAGE-----".utf8)
  private static let tail = Array("-----BEGIN PGP SIGNATURE-----".utf8)

  /// - Parameter moment: in seconds since 1970; younger ones don't count.
  init(in store: Store, until moment: Int64) throws(Diagnostic) {
    self.store = store
    self.moment = moment
    var claims: [(digest: Digest, release: ReleaseFile)] = []
    for head in [Self.head, DetachedRelease.head] {
      for digest in try store.blobs(beginningWith: head, limit: 16 << 20) {
        if let release = Self.claim(try store.read(digest)) { claims.append((digest, release)) }
      }
    }
    self.claims = claims.sorted { $0.release.date > $1.release.date }
  }

  private static func claim(_ bytes: [UInt8]) -> ReleaseFile? {
    if let detached = DetachedRelease.split(bytes) {
      return try? ReleaseFile(parsing: Array(detached.release), name: "a kept Release file")
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: \.isEmpty), let end = lines.firstIndex(of: tail[...]),
      start < end
    else { return nil }
    let text = lines[(start + 1)..<end].joined(separator: [UInt8(ascii: "\n")])
    return try? ReleaseFile(parsing: Array(text), name: "a kept Release file")
  }

  /// The newest one of `source` that its keys have signed, as it's stored, and what it says.
  /// - Throws: `notAvailableOffline` where none is kept.
  func newest(of source: AptSource, _ signature: ReleaseSignature) async throws -> ([UInt8], ReleaseFile) {
    let name = source.suite.hasSuffix("/") ? String(source.suite.dropLast()) : source.suite
    let own = claims.filter { $0.release.suite == name || $0.release.codename == name }
    for claim in own where claim.release.date <= moment {
      let bytes = try store.read(claim.digest)
      // Another archive may have a suite of the same name, signed by others.
      guard let text = try? await signature.verify(bytes, of: source) else { continue }
      let release = try ReleaseFile(parsing: text, name: "the kept Release file of \(name)")
      if release.date <= moment { return (bytes, release) }
    }
    let oldest = own.last.map { "the oldest that it has is of \(Timestamp.text($0.release.date))" }
    throw Diagnostic(
      .notAvailableOffline,
      "the store keeps no Release file of \(name) from \(Timestamp.text(moment)) or before",
      at: source.location,
      hints: [
        oldest
          ?? "those that 'lock' has read are kept in its store, until 'store gc' where no lockfile needs them"
      ])
  }
}
