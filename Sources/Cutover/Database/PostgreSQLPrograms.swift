import Essentials
import Glibc
import SystemPackage

/// PostgreSQL's programs on this machine.
enum PostgreSQLPrograms {
  /// Where they're looked for: Debian's folders, newest version first, then PATH.
  ///
  /// Debian's own come first since what it puts into PATH is a Perl program that looks for these, ten times as slow to start.
  static func folders() -> [(folder: FilePath, version: Int?)] {
    var found: [(folder: FilePath, version: Int?)] = []
    let debian = FilePath("/usr/lib/postgresql")
    if let listing = opendir(debian.string) {
      while let entry = readdir(listing) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if let version = Int(name) { found.append((debian.appending(name).appending("bin"), version)) }
      }
      closedir(listing)
    }
    found.sort { ($0.version ?? 0) > ($1.version ?? 0) }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in path.split(separator: ":") where folder.hasPrefix("/") {
      found.append((FilePath(String(folder)), nil))
    }
    return found
  }

  /// The path of `name`.
  /// - Parameter version: the major version that it must have, where that matters.
  static func find(_ name: String, version: Int? = nil) throws(Diagnostic) -> FilePath {
    for (folder, known) in folders() where version == nil || known == nil || known == version {
      let path = folder.appending(name)
      if access(path.string, X_OK) == 0 { return path }
    }
    let wanted = version.map { " of PostgreSQL \($0)" } ?? ""
    let package =
      ["initdb", "pg_ctl", "postgres"].contains(name)
      ? version.map { "postgresql-\($0)" } ?? "postgresql"
      : version.map { "postgresql-client-\($0)" } ?? "postgresql-client"
    throw Diagnostic(
      .failed, "the program '\(name)'\(wanted) isn't installed", hints: ["apt-get install \(package)"])
  }
}
