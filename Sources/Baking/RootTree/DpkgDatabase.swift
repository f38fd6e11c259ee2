import Essentials
import Glibc
import SystemPackage

/// Enters packages in a root tree's dpkg database as dpkg itself does when it has unpacked them:
/// `Status: install ok unpacked`, configuration files as `.dpkg-new`, control members under `info`.
///
/// Format: dpkg's `lib/dpkg/parse.c` and `dump.c`; the admin folder's format 1 names the files of a
/// `Multi-Arch: same` package `NAME:ARCHITECTURE.MEMBER`.
struct DpkgDatabase {
  /// Scripts of packages may have put links into it.
  let root: RootFolder

  private func place(_ name: String) throws(Diagnostic) -> FilePath { try root.place("var/lib/dpkg/\(name)") }

  /// Creates the empty database.
  func create(architecture: Architecture) throws(Diagnostic) {
    for name in ["info", "updates", "triggers", "alternatives", "parts"] {
      try DurableFile.createFolder(try place(name))
    }
    for name in ["status", "available", "diversions", "statoverride"] { try write("", name) }
    try write("1\n", "info/format")
    try write("\(architecture.debian)\n", "arch")
  }

  /// Writes the status of all packages, as unpacked, in the order given.
  func writeStatus(_ packages: [UnpackedPackage]) throws(Diagnostic) {
    try write(packages.map(\.statusParagraph).joined(separator: "\n"), "status")
  }

  /// Writes a package's control members and its list of paths.
  func writeInformation(of package: UnpackedPackage, list: [String]) throws(Diagnostic) {
    for (member, bytes) in package.controlMembers where member != "control" {
      let script = ["preinst", "postinst", "prerm", "postrm", "config"].contains(member)
      try write(bytes, "info/\(package.informationName).\(member)", mode: script ? 0o755 : 0o644)
    }
    try write(list.joined(separator: "\n") + "\n", "info/\(package.informationName).list")
  }

  /// The paths that have been diverted by other packages than `name`, each with where to, without leading slashes.
  func diversions(besides name: String) throws(Diagnostic) -> [String: String] {
    let bytes = try DurableFile.read(try place("diversions"), limit: 64 << 20)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    var diversions: [String: String] = [:]
    for start in stride(from: 0, to: lines.count - lines.count % 3, by: 3) where lines[start + 2] != name {
      diversions[String(lines[start].drop { $0 == "/" })] = String(lines[start + 1].drop { $0 == "/" })
    }
    return diversions
  }

  private func write(_ text: String, _ name: String) throws(Diagnostic) {
    try write(Array(text.utf8), name, mode: 0o644)
  }

  // A tree in the making needs no fsync: nothing refers to it before its layer is stored.
  private func write(_ bytes: [UInt8], _ name: String, mode: mode_t) throws(Diagnostic) {
    let path = try place(name)
    let file = open(path.string, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .system(.current, "create", path) }
    defer { close(file) }
    guard fchmod(file, mode) == 0 else { throw .system(.current, "change the mode of", path) }
    var failure: Diagnostic?
    bytes.withUnsafeBytes { block in
      do throws(Diagnostic) { try FileOutput.write(block, to: file, path) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
