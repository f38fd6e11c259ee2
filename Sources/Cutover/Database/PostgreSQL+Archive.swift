package import Essentials
package import Storage
import SystemPackage

extension PostgreSQL {
  package func archive(_ database: String, into store: Store) async throws -> Digest {
    guard try await exists(database) else { throw missing(database) }
    let before = try await checksum(ofAny: database)
    let ingest = try store.ingest()
    let dump = try await use { try $0.command("pg_dump", ["-w", "-Fc", "-Z1"], in: database) }
    try await told { try await dump.stream { try ingest.write($0) } }
    let digest = try ingest.commit()
    let trial = names.passing("trial", for: database)
    let restored: Digest
    do {
      try await load(digest, from: store, into: trial, like: database)
      restored = try await checksum(ofAny: trial)
    } catch {
      await forget(passing: trial)
      throw error
    }
    try await dropPassing(trial)
    guard restored == before else {
      throw Diagnostic(
        .verificationFailed,
        "the archive \(digest) of '\(database.printable)', restored, has the checksum \(restored.short), and the database had \(before.short)",
        hints: ["see that nobody writes to the database while it's archived, then archive it again"])
    }
    return digest
  }

  package func restore(_ archive: Digest, from store: Store, to database: String) async throws {
    if try await exists(database) {
      try await requireOwn(database)
      return try await prepare(database)
    }
    let new = names.passing("new", for: database)
    do {
      try await load(archive, from: store, into: new, like: live)
      try await finish(new, as: database)
    } catch {
      await forget(passing: new)
      throw error
    }
  }

  /// Makes the database `new` of an archive.
  /// - Parameter original: whose encoding and collation it gets.
  private func load(_ archive: Digest, from store: Store, into new: String, like original: String)
    async throws
  {
    let file = try store.path(of: archive)
    try await dropPassing(new)
    try await create(new, like: original)
    let restore = try await use {
      try $0.command(
        "pg_restore", Self.restore + ["--jobs=\(min(4, processorCount))", "-d", new, file.string], in: new)
    }
    try await told { _ = try await restore.output() }
  }
}
