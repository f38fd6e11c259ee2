import CLinux
import Essentials
import Glibc
import SystemPackage

/// Takes from a root tree what differs from one bake to the next, or belongs to one machine only.
///
/// The list follows what mmdebstrap, debuerreotype and mkosi had to learn; what must be random or
/// unique isn't in an image but made when a machine first starts. Scripts of packages have run in the tree, and no link of theirs
/// leads out of it.
struct Neutralisation {
  let root: RootFolder

  /// Files that are removed wherever they are.
  private static let removed = [
    "etc/hostname", "etc/resolv.conf", "etc/.pwd.lock", "etc/machine-info",
    "etc/apt/apt.conf.d/01autoremove-kernels",
    "etc/ssl/certs/ssl-cert-snakeoil.pem", "etc/ssl/private/ssl-cert-snakeoil.key",
    "usr/sbin/policy-rc.d",
    "var/cache/ldconfig/aux-cache", "var/cache/man/index.db",
    "var/lib/dbus/machine-id", "var/lib/apt/extended_states",
    "var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend", "var/lib/dpkg/triggers/Lock",
    "var/lib/systemd/random-seed", "var/lib/systemd/credential.secret", "var/lib/urandom/random-seed",
    "var/lib/rabbitmq/.erlang.cookie",
  ]

  /// Timers that look for other packages than the image's, or keep copies of a package database that never changes. A
  /// recipe that wants one of them enables it.
  private static let timers = ["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer"]

  /// Copies that tools leave of what they change.
  private static let backups = [
    "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-",
    "var/lib/dpkg/status-old", "var/lib/dpkg/diversions-old", "var/lib/dpkg/statoverride-old",
    "var/lib/dpkg/available-old", "var/cache/debconf/config.dat-old", "var/cache/debconf/templates.dat-old",
  ]

  /// Folders that stay, empty.
  private static let emptied = [
    "run", "tmp", "var/tmp", "dev", "proc", "sys", "var/lib/apt/lists", "var/cache/apt",
    "var/lib/dpkg/updates",
    "var/cache/fontconfig",
  ]

  /// Log files that stay, empty: their owners and modes matter to those who write them.
  private static let logFolder = "var/log"
  private static let removedLogs = ["dpkg.log", "alternatives.log", "bootstrap.log", "apt", "installer"]

  /// The links by which OpenSSL finds that certificate, named by its hash.
  private static let snakeoil = "ssl-cert-snakeoil.pem"

  /// Where clusters of PostgreSQL are, by version: one that a package makes has a random identifier.
  private static let clusters = ["etc/postgresql", "var/lib/postgresql"]

  private static let javaKeyStore = "etc/ssl/certs/java/cacerts"

  /// Makes the tree neutral.
  /// - Parameter epoch: what stands for the time where a file must hold one, in seconds since 1970.
  func apply(epoch: Int64) throws(Diagnostic) {
    for path in Self.removed + Self.backups { try FolderTree.remove(try root.place(path)) }
    for timer in Self.timers {
      try FolderTree.remove(try root.place("etc/systemd/system/timers.target.wants/\(timer)"))
    }
    for path in Self.emptied { try Self.empty(try root.place(path)) }
    for name in Self.removedLogs { try FolderTree.remove(try root.place("\(Self.logFolder)/\(name)")) }
    try Self.truncateFiles(try root.place(Self.logFolder))
    try removeHostKeys()
    for path in Self.clusters {
      try Self.forEach(in: try root.place(path)) { (version, kind) throws(Diagnostic) in
        if kind == S_IFDIR { try FolderTree.remove(version.appending("main")) }
      }
    }
    try Self.forEach(in: try root.place("etc/ssl/certs")) { (path, kind) throws(Diagnostic) in
      if kind == S_IFLNK, try Self.target(of: path) == Self.snakeoil { try FolderTree.remove(path) }
    }
    try Self.writeKeyStore(try root.place(Self.javaKeyStore), epoch: epoch)
    try writeMachineID()
  }

  private static func target(of link: FilePath) throws(Diagnostic) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link.string, &buffer, buffer.count)
    guard count >= 0 else { throw .system(.current, "read", link) }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  // In place: owner and mode are the package's.
  private static func writeKeyStore(_ path: FilePath, epoch: Int64) throws(Diagnostic) {
    var information = stat()
    guard lstat(path.string, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return }
    let bytes = try DurableFile.read(path, limit: 64 << 20)
    guard let neutral = JavaKeyStore.neutralised(bytes, epoch: epoch), neutral != bytes else { return }
    try attempt("write", path) {
      let file = try FileDescriptor.open(path, .writeOnly, options: [.noFollow, .closeOnExec])
      try file.closeAfter { _ = try file.writeAll(neutral) }
    }
  }

  private static func empty(_ folder: FilePath) throws(Diagnostic) {
    try forEach(in: folder) { (path, _) throws(Diagnostic) in try FolderTree.remove(path) }
  }

  private static func truncateFiles(_ folder: FilePath) throws(Diagnostic) {
    try forEach(in: folder) { (path, kind) throws(Diagnostic) in
      if kind == S_IFDIR { try truncateFiles(path) }
      guard kind == S_IFREG else { return }
      guard truncate(path.string, 0) == 0 else { throw .system(.current, "empty", path) }
    }
  }

  private func removeHostKeys() throws(Diagnostic) {
    try Self.forEach(in: try root.place("etc/ssh")) { (path, _) throws(Diagnostic) in
      if path.lastComponent?.string.hasPrefix("ssh_host_") == true { try FolderTree.remove(path) }
    }
  }

  // An empty file, not a missing one: systemd then makes an identity for this boot and does not take it for
  // the first one, which would apply presets.
  private func writeMachineID() throws(Diagnostic) {
    guard FolderTree.exists(try root.place("etc/systemd")) else { return }
    let path = try root.place("etc/machine-id")
    try FolderTree.remove(path)
    let file = open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
    guard file >= 0 else { throw .system(.current, "create", path) }
    defer { close(file) }
    guard fchmod(file, 0o444) == 0 else { throw .system(.current, "change the mode of", path) }
  }

  /// Calls `body` for each entry of a folder, with its kind; a folder that isn't there has none.
  private static func forEach(
    in folder: FilePath, _ body: (FilePath, mode_t) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    let handle = open(folder.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard handle >= 0 else {
      if errno == ENOENT || errno == ELOOP || errno == ENOTDIR { return }
      throw .system(.current, "read", folder)
    }
    defer { close(handle) }
    for name in try FolderTree.names(handle, folder) {
      var information = stat()
      guard fstatat(handle, name, &information, AT_SYMLINK_NOFOLLOW) == 0 else {
        throw .system(.current, "read", folder.appending(name))
      }
      try body(folder.appending(name), information.st_mode & S_IFMT)
    }
  }
}
