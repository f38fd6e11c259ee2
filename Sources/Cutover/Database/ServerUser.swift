import Essentials
import Glibc
import SystemPackage

/// As whom the server of a private cluster runs: PostgreSQL refuses to be root.
struct ServerUser: Sendable {
  let name: String
  let identifier: UInt32
  let group: UInt32

  /// This user; where that's root, `postgres`, which Debian's package makes.
  init() throws(Diagnostic) {
    let me = geteuid()
    let wanted = me == 0 ? "postgres" : nil
    guard let entry = wanted.map({ getpwnam($0) }) ?? getpwuid(me) else {
      guard wanted != nil else {
        throw Diagnostic(.failed, "the user \(me) has no name, and PostgreSQL tells users by names")
      }
      throw Diagnostic(
        .failed, "PostgreSQL doesn't run as root, and there is no user 'postgres' to run it as",
        hints: ["apt-get install postgresql, or run this as an ordinary user"])
    }
    name = String(cString: entry.pointee.pw_name)
    identifier = entry.pointee.pw_uid
    group = entry.pointee.pw_gid
  }

  private var isOther: Bool { identifier != geteuid() }

  /// `program` as a command of this user's.
  func command(_ program: FilePath, _ arguments: [String], in folder: FilePath) -> Command {
    let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
    guard isOther else {
      return Command(program.string, arguments, environment: environment, workingDirectory: folder)
    }
    let become = [
      "--reuid=\(identifier)", "--regid=\(group)", "--init-groups", "--inh-caps=-all", "--", program.string,
    ]
    return Command(
      "/usr/bin/setpriv", become + arguments, environment: environment, workingDirectory: folder)
  }

  /// Makes a folder that this user owns and nobody else can enter; an existing one must be that already.
  func makeFolder(_ folder: FilePath) throws(Diagnostic) {
    try DurableFile.createFolder(folder.removingLastComponent())
    if mkdir(folder.string, 0o700) == 0 {
      guard chown(folder.string, identifier, group) == 0 else {
        throw .system(.current, "give \(name) the folder", folder)
      }
      return
    }
    guard errno == EEXIST else { throw .system(.current, "create the folder", folder) }
    var information = stat()
    guard lstat(folder.string, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
      throw .system(.notDirectory, "use the folder", folder)
    }
    // Its maker may have been killed before it gave it away.
    if information.st_uid == geteuid(), isOther, chown(folder.string, identifier, group) == 0 { return }
    guard information.st_uid == identifier, information.st_mode & 0o077 == 0 else {
      throw Diagnostic(
        .failed, "the folder \(folder) must belong to '\(name)' with mode 0700, or its files aren't safe",
        hints: ["chown \(name) and chmod 700 it, or remove it"])
    }
  }
}
