import Essentials

/// The names that a site's roles and databases have in the server.
///
/// PostgreSQL cuts longer names than 63 bytes off without an error; here they are refused, or shortened with a digest of the whole.
struct DatabaseNames: Sendable {
  static let limit = 63

  /// The live database.
  let live: String

  init(live: String) throws(Diagnostic) {
    try Self.check(live)
    self.live = live
  }

  /// The group that every object of the site's databases belongs to; nobody can log in as it.
  var owner: String { Self.role(live + "_owner", of: ["owner", live]) }

  /// The group that may read them.
  var reader: String { Self.role(live + "_reader", of: ["reader", live]) }

  /// The role as which `release` logs in to `database`.
  ///
  /// One for each database, since a member of the owners' group is one everywhere: what a release may do with a copy must not
  /// bear on the live database.
  func login(_ release: String, on database: String) throws(Diagnostic) -> String {
    try Self.check(database)
    try Self.checkRelease(release)
    return Self.role("\(database)_\(release)", of: ["login", live, database, release], alwaysDigest: true)
  }

  /// How the comment of such a role begins; what it has been, and for whom, can't be told from its name.
  func mark(of release: String) -> String {
    "hardtack release \(Self.digits([live])) \(Self.digits([release])) "
  }

  /// How the comments of all such roles of the site begin.
  var mark: String { "hardtack release \(Self.digits([live])) " }

  /// How the sessions of this site's operators call themselves; the epoch comes behind it.
  var session: String { "hardtack \(Self.digits([live])) " }

  /// A database of our own that is there while a call runs: always the same for the same call, so that what a broken one left is
  /// found.
  func passing(_ purpose: String, for database: String) -> String {
    "hardtack_\(purpose)_\(Self.digits([live, database]))"
  }

  static func isPassing(_ database: String) -> Bool { database.hasPrefix("hardtack_") }

  /// Sees that `database` can be a database's name.
  static func check(_ database: String) throws(Diagnostic) {
    try check(database, "the database")
    guard !["template0", "template1", "postgres"].contains(database), !isPassing(database) else {
      throw Diagnostic(
        .usage, "the database '\(database)' is PostgreSQL's or hardtack's own", hints: ["choose another name"]
      )
    }
  }

  static func checkRelease(_ release: String) throws(Diagnostic) {
    guard !release.isEmpty, release.utf8.count <= 255, !release.unicodeScalars.contains("\0") else {
      throw Diagnostic(
        .usage, "'\(release.printable)' can't be a release's name: it needs 1 to 255 bytes and no NUL")
    }
  }

  private static func check(_ name: String, _ kind: String) throws(Diagnostic) {
    guard !name.isEmpty, !name.unicodeScalars.contains("\0") else {
      throw Diagnostic(.usage, "\(kind) '\(name.printable)' needs a name without NUL")
    }
    guard name.utf8.count <= limit else {
      throw Diagnostic(
        .usage,
        "the name of \(kind) '\(name.printable)' is too long: \(name.utf8.count) bytes, PostgreSQL knows \(limit)",
        hints: ["choose a shorter name"])
    }
  }

  /// A role's name for people to recognise: lower-case ASCII letters, digits and underscores; where that lost something, a digest
  /// of what the role is for tells it from others.
  private static func role(_ text: String, of parts: [String], alwaysDigest: Bool = false) -> String {
    let plain = String(
      decoding: text.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
    // Names that begin with pg_ are PostgreSQL's own.
    let isReserved = plain.hasPrefix("pg_")
    if !alwaysDigest, !isReserved, plain == text, plain.utf8.count <= limit { return plain }
    return (isReserved ? "_" : "") + plain.prefix(limit - 10) + "_" + digits(parts).prefix(8)
  }

  /// 12 hexadecimal digits that stand for these texts in this order.
  private static func digits(_ parts: [String]) -> String {
    Digest(of: parts.map { "\($0.utf8.count):\($0)" }.joined()).short
  }
}
