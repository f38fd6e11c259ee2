package import Essentials
package import Storage

/// Where an application's data is: a provider of swaps.
///
/// Every call may be repeated: it says what shall be, not what to change. A call with an effect first makes sure that no
/// later epoch than its own has claimed the database.
package protocol Database: Sendable {
  /// Makes the database run where it's ours to run, and claims it for an epoch.
  /// - Throws: `locked` where a later epoch has it.
  func claim(epoch: Int) async throws

  /// The name of the live database.
  var live: String { get }

  /// What a release may do with a database, by a role of its own. The role is made where there's none.
  ///
  /// Fewer rights hold for all sessions when it returns: new ones have them at once, one that's open is ended as soon as it's in no
  /// transaction, and transactions get `patience` to end. That what is refused is refused, and what is allowed works, is tried
  /// out. A write that was acknowledged is never lost.
  /// - Throws: `checkFailed` where transactions are open after `patience`; rights are then as they were.
  func grant(_ access: DatabaseAccess, to release: String, on database: String, patience: Duration)
    async throws

  /// What the release may do, with the sessions that it has: after a ``grant(_:to:on:patience:)`` that was broken off, what they
  /// may still do.
  func access(of release: String, on database: String) async throws -> DatabaseAccess

  /// Has statements of the release's new sessions end with an error where they wait for a lock, or take, longer than that; nil for as
  /// long as it takes. For migrations: one that waits for a lock has everybody wait behind it.
  func limit(_ release: String, on database: String, lock: Duration?, statement: Duration?) async throws

  /// Takes the release's roles away, with its sessions: whatever they were doing is undone. What they own stays.
  func evict(_ release: String) async throws

  /// Where it listens, as this host sees it. It runs by then.
  var endpoint: (host: String, port: UInt16) { get async throws }

  /// How the release connects, with its password.
  /// - Parameter host: the address that the client sees, as `10.0.2.100:5432`.
  func url(of release: String, on database: String, host: String) async throws -> Secret

  func exists(_ database: String) async throws -> Bool

  /// Makes a copy while the original is written to; it's as the original was at one moment. Where there is such a database, it has
  /// happened already; drop it first to have a new one.
  func clone(_ database: String, to copy: String) async throws

  /// Makes a copy of a database that nobody writes to, as fast as can be. The sessions of others with it are ended, and new ones
  /// wait until it's done. Where there is such a database, it has happened already.
  func duplicate(_ database: String, to copy: String) async throws

  /// Puts `copy` in the place of `database`, whose content is then gone. The sessions of others with both are ended.
  /// Who may do what stays as it was with `database`. Where there is no `copy`, it has happened already.
  func replace(_ database: String, with copy: String) async throws

  /// - Throws: where it's the live one.
  func drop(_ database: String) async throws

  /// A digest of the content: of the schema, and of every row of every table and every sequence, in an order of their own.
  func checksum(of database: String) async throws -> Digest

  /// Stores the content as one blob, restores it into a database of its own to see that it's the same, and drops that. Nobody may
  /// write meanwhile.
  /// - Throws: `verificationFailed` where the restored content differs.
  func archive(_ database: String, into store: Store) async throws -> Digest

  /// Makes a database from an archive. Where there is such a database, it has happened already.
  func restore(_ archive: Digest, from store: Store, to database: String) async throws
}

/// In the order of growing rights.
package enum DatabaseAccess: Int, Codable, Sendable, Comparable, CaseIterable {
  case none
  case read
  /// Also of the schema.
  case write

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
