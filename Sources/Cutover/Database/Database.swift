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
  /// Fewer rights hold at once: for statements of sessions that are open too. Where writing is taken away, transactions that
  /// are open get `patience` to end, and then the role's sessions are ended; that a write is refused is tried out.
  /// - Throws: `checkFailed` where transactions are open after `patience`; rights are then as they were.
  func grant(_ access: DatabaseAccess, to release: String, on database: String, patience: Duration)
    async throws

  func access(of release: String, on database: String) async throws -> DatabaseAccess

  /// Takes the release's role away, with its sessions.
  func evict(_ release: String) async throws

  /// How the release connects, with its password.
  /// - Parameter host: the address that the client sees, as `10.0.2.100:5432`.
  func url(of release: String, on database: String, host: String) async throws -> Secret

  func exists(_ database: String) async throws -> Bool

  /// Makes a copy while the original is written to; it's as the original was at one moment.
  func clone(_ database: String, to copy: String) async throws

  /// Makes a copy of a database that nobody writes to, as fast as can be. The sessions of others with it are ended.
  func duplicate(_ database: String, to copy: String) async throws

  /// Puts `copy` in the place of `database`, whose content is then gone. The sessions of others with both are ended.
  /// Where there is no `copy`, it has happened already.
  func replace(_ database: String, with copy: String) async throws

  func drop(_ database: String) async throws

  /// A digest of the content: of the schema, and of every row of every table and every sequence, in an order of their own.
  func checksum(of database: String) async throws -> Digest

  /// Stores the content as one blob, restores it into a database of its own to see that it's the same, and drops that.
  /// - Throws: `verificationFailed` where the restored content differs.
  func archive(_ database: String, into store: Store) async throws -> Digest

  /// Makes a database from an archive.
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
