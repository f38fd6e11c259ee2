import Essentials
import Glibc
import SystemPackage

/// The passwords of the releases' roles: each follows from the role's name and one key, so there's nothing to lose between making
/// a role and writing its password down.
///
/// The key is 32 random bytes in the file `database.key` of the site's folder, which only its owner can read. Without the key the
/// next ``PostgreSQL/grant(_:to:on:patience:)`` gives a role a new password.
struct ReleasePasswords: Sendable {
  private let key: [UInt8]

  /// Takes the key from `folder`, or makes both.
  init(in folder: FilePath) throws(Diagnostic) {
    let path = folder.appending("database.key")
    if access(path.string, F_OK) != 0 {
      try DurableFile.createFolder(folder, mode: 0o700)
      // Linked rather than renamed: of two processes that make one, both then use the first's.
      let new = folder.appending(".database.key.\(getpid()).\(UInt32.random(in: 0 ... .max))")
      try DurableFile.write(ScramVerifier.random(32), to: new, mode: [.ownerReadWrite])
      defer { unlink(new.string) }
      guard link(new.string, path.string) == 0 || errno == EEXIST else {
        throw .system(.current, "create", path)
      }
      try DurableFile.synchronize(folder: folder)
    }
    key = try DurableFile.read(path, limit: 4096)
    guard key.count == 32 else {
      throw Diagnostic(
        .failed, "\(path) has \(key.count) bytes where 32 are expected",
        hints: ["remove it; running releases then need to be given their new passwords by a swap"])
    }
  }

  /// 64 hexadecimal digits: 256 bits.
  func password(of role: String) -> Secret {
    Secret(Hexadecimal.text(ScramVerifier.hmac(key, Array("database role \(role)".utf8))))
  }
}
