import Essentials
import Glibc
import SystemPackage

extension PrivateCluster {
  /// Makes the cluster unless there is one.
  func make() async throws {
    if geteuid() == 0, let obstacle = Self.obstacle(on: folder) {
      throw Diagnostic(
        .failed, "PostgreSQL's user '\(user.name)' can't reach \(folder): \(obstacle) isn't open to it",
        hints: ["choose a folder outside of it, as /var/lib/hardtack, or chmod o+x \(obstacle)"])
    }
    guard access(data.appending("PG_VERSION").string, F_OK) != 0 else { return }
    // In a folder of another name until it's whole: one that is half made looks like a cluster.
    let initdb = try PostgreSQLPrograms.find("initdb")
    let remove = user.command("/bin/rm", ["-rf", "data.new"], in: folder)
    _ = try await remove.output()
    _ = try await user.command(
      initdb,
      [
        "-D", "data.new", "-U", Self.superuser, "--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C",
        "--data-checksums", "--auth-local=peer", "--auth-host=scram-sha-256",
      ], in: folder
    ).output()
    let new = folder.appending("data.new")
    try write(Self.clientAuthentication, to: new.appending("pg_hba.conf"))
    try write(identities, to: new.appending("pg_ident.conf"))
    let standard = try DurableFile.read(new.appending("postgresql.conf"), limit: 1 << 20)
    try write(
      String(decoding: standard, as: UTF8.self) + "\ninclude_if_exists = 'hardtack.conf'\n",
      to: new.appending("postgresql.conf"))
    try attempt("create", data) {
      guard rename(new.string, data.string) == 0 else { throw Errno.current }
    }
    try DurableFile.synchronize(folder: folder)
  }

  /// The major version that made the cluster, and that has to run it.
  func version() throws(Diagnostic) -> Int {
    let bytes = try DurableFile.read(data.appending("PG_VERSION"), limit: 64)
    guard let version = Int(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)) else {
      throw Diagnostic(.failed, "\(data)/PG_VERSION holds no version of PostgreSQL")
    }
    return version
  }

  /// Writes what this program sets.
  func configure(_ port: UInt16) throws(Diagnostic) {
    func quoted(_ text: String) -> String {
      "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
    // A list of folders: in double quotes, a comma or a blank in the path is none of the list's.
    let socket = quoted("\"\(socketFolder.string)\"")
    try write(
      """
      # Written by hardtack at every start; ALTER SYSTEM overrides it.
      listen_addresses = '127.0.0.1'
      port = \(port)
      unix_socket_directories = \(socket)
      unix_socket_permissions = 0700
      max_connections = 300
      password_encryption = 'scram-sha-256'
      # What is committed is on the disk.
      fsync = on
      full_page_writes = on
      synchronous_commit = on
      # A client that is gone doesn't go on reading.
      client_connection_check_interval = '10s'
      max_wal_size = '2GB'
      logging_collector = on
      log_directory = '../log'
      log_filename = 'postgresql-%a.log'
      log_rotation_age = '1d'
      log_rotation_size = 0
      log_truncate_on_rotation = on
      log_line_prefix = '%m [%p] %u@%d '

      """, to: data.appending("hardtack.conf"))
  }

  private func write(_ text: String, to path: FilePath) throws(Diagnostic) {
    try DurableFile.write(Array(text.utf8), to: path, mode: [.ownerReadWrite, .groupRead, .otherRead])
  }

  private static let clientAuthentication = """
    # Written by hardtack when the cluster was made.
    local all all peer map=hardtack
    host all \(superuser) all reject
    host all all 127.0.0.1/32 scram-sha-256

    """

  private var identities: String {
    var users = [user.name]
    if geteuid() == 0 { users.append("root") }
    return users.map { "hardtack \"\($0)\" \(Self.superuser)\n" }.joined()
  }
}
