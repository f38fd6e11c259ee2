package import Essentials
import Glibc
package import SystemPackage

/// A PostgreSQL of a site's own, that runs for as long as the machine does and not only as long as the command that started it.
///
///     FOLDER/data/            the cluster, made by initdb; `data.new` while it's being made
///     FOLDER/data/hardtack.conf  what this program sets; `postgresql.conf` includes it, and `ALTER SYSTEM` overrides it
///     FOLDER/port             the TCP port, the same for good: guests were told it
///     FOLDER/socket           the UNIX socket, where its path is short enough
///     FOLDER/log/             what the server said, a file a day of the week
///     FOLDER/start.log        what it said before that was open
///     FOLDER/lock             held while it's started or stopped
///
/// On the socket the operating system's user is asked who it is, and only the folder's owner (and root) is let in, as the
/// superuser `hardtack`. TCP is open on 127.0.0.1 alone, with a password (SCRAM), and not for the superuser: guests come in from
/// there, through their emulator.
package struct PrivateCluster: Sendable {
  package let folder: FilePath
  let user: ServerUser

  static let superuser = "hardtack"

  /// - Parameter folder: absolute; it is made where it's missing, with mode 0700.
  package init(folder: FilePath) throws(Diagnostic) {
    self.folder = folder
    user = try ServerUser()
  }

  var data: FilePath { folder.appending("data") }
  private var portFile: FilePath { folder.appending("port") }

  /// The port of 127.0.0.1 that clients connect to.
  package func port() throws(Diagnostic) -> UInt16 {
    let bytes = try DurableFile.read(portFile, limit: 64)
    guard let port = UInt16(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)) else {
      throw Diagnostic(
        .failed, "\(portFile) holds no port", hints: ["write the port that the guests use into it"])
    }
    return port
  }

  func remember(_ port: UInt16) throws(Diagnostic) {
    try DurableFile.write(Array("\(port)\n".utf8), to: portFile)
  }

  var hasPort: Bool { access(portFile.string, F_OK) == 0 }

  func address() throws(Diagnostic) -> ServerAddress {
    let port = String(try port())
    return ServerAddress(
      variables: [
        "PGHOST": socketFolder.string, "PGPORT": port, "PGUSER": Self.superuser, "PGDATABASE": "postgres",
      ],
      password: nil, passwordHost: ("127.0.0.1", port))
  }

  /// Where the socket is.
  ///
  /// The path of a UNIX socket has 107 bytes (sockaddr_un's 108 with its NUL), `/.s.PGSQL.65535` among them. Where the folder's own
  /// path is too long for that, the socket is in a folder that only the server's user can enter, below the runtime folder or the one
  /// for temporary files, and named by a digest of the folder's path.
  var socketFolder: FilePath {
    let own = folder.appending("socket")
    guard own.string.utf8.count + "/.s.PGSQL.65535".utf8.count > 107 else { return own }
    let name = "hardtack-\(user.identifier)-\(Digest(of: folder.string).short)"
    if geteuid() == 0 { return FilePath("/run").appending(name) }
    if let runtime = getenv("XDG_RUNTIME_DIR").map({ String(cString: $0) }), runtime.hasPrefix("/"),
      runtime.utf8.count < 60, access(runtime, W_OK) == 0
    {
      return FilePath(runtime).appending(name)
    }
    return FilePath("/tmp").appending(name)
  }

  /// The folder for a site's cluster: `preferred`, unless this is root and the server's user can't reach it, as below /root.
  package static func suitableFolder(preferring preferred: FilePath) -> FilePath {
    guard geteuid() == 0, obstacle(on: preferred) != nil else { return preferred }
    return FilePath("/var/lib/hardtack").appending(Digest(of: preferred.string).short)
  }

  /// The first folder above `path` that not everybody may go through.
  static func obstacle(on path: FilePath) -> FilePath? {
    var parent = path.removingLastComponent()
    var blocking: FilePath?
    while !parent.components.isEmpty {
      var information = stat()
      if stat(parent.string, &information) == 0, information.st_mode & 0o001 == 0 { blocking = parent }
      parent.removeLastComponent()
    }
    return blocking
  }
}
