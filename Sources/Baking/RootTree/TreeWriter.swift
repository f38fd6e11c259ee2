import CLinux
import Essentials
import Glibc
import SystemPackage

/// Writes a package's files into a root tree.
///
/// The tree lies in a folder that only this program writes to, and the claims know every link in it, so a
/// path that was resolved against the claims can't lead out of it.
struct TreeWriter {
  let root: FilePath
  let claims: TreeClaims
  let owner: TreeClaims.Owner
  /// What the package is called in messages.
  let name: String
  /// Paths that another package has diverted, and where to.
  let diversions: [String: String]
  let conffiles: Set<String>

  /// The package's paths as dpkg lists them, in the order of the archive.
  private(set) var list: [String] = ["/."]
  private var created: Set<String> = []

  init(
    root: FilePath, claims: TreeClaims, owner: TreeClaims.Owner, name: String,
    diversions: [String: String], conffiles: Set<String>
  ) {
    self.root = root
    self.claims = claims
    self.owner = owner
    self.name = name
    self.diversions = diversions
    self.conffiles = conffiles
  }

  /// Writes the current entry of `archive`.
  mutating func write(_ entry: ArchiveEntry, from archive: ArchiveReader) throws(Diagnostic) {
    let shipped = try Self.normalise(entry.path, name)
    if shipped.isEmpty { return }
    list.append("/" + shipped)
    var path = try claims.resolve(diversions[shipped] ?? shipped)
    if conffiles.contains(shipped) { path += ".dpkg-new" }
    let place = root.appending(path)

    if case .folder = entry.kind {
      let metadata = TreeClaims.FolderMetadata(
        permissions: entry.permissions, owner: entry.owner, group: entry.group, modified: entry.modified)
      if try claims.claimFolder(path, by: owner, metadata) { try makeFolder(place, path) }
      return
    }
    let kind: TreeClaims.Kind
    if case .symbolicLink(let target) = entry.kind { kind = .link(target: target) } else { kind = .other }
    switch try claims.claim(path, by: owner, kind) {
    case .skip: return
    case .replace: unlink(place.string)
    case .write: break
    }
    try makeParents(path)
    try create(entry, at: place, from: archive)
  }

  private func create(_ entry: ArchiveEntry, at place: FilePath, from archive: ArchiveReader)
    throws(Diagnostic)
  {
    switch entry.kind {
    case .folder: break
    case .file:
      try writeFile(entry, at: place, from: archive)
      return
    case .symbolicLink(let target):
      guard symlink(target, place.string) == 0 else { throw failure("create the link", place) }
    case .hardLink(let target):
      let shipped = try Self.normalise(target, name)
      var other = try claims.resolve(diversions[shipped] ?? shipped)
      if conffiles.contains(shipped) { other += ".dpkg-new" }
      guard Glibc.link(root.appending(other).string, place.string) == 0 else {
        throw failure("create the hard link", place)
      }
      return
    case .characterDevice(let major, let minor):
      guard
        mknod(place.string, S_IFCHR | mode_t(entry.permissions), UInt(hardtack_makedev(major, minor))) == 0
      else {
        throw deviceFailure(entry.path, place)
      }
    case .blockDevice(let major, let minor):
      guard
        mknod(place.string, S_IFBLK | mode_t(entry.permissions), UInt(hardtack_makedev(major, minor))) == 0
      else {
        throw deviceFailure(entry.path, place)
      }
    case .fifo:
      guard mkfifo(place.string, mode_t(entry.permissions)) == 0 else {
        throw failure("create the pipe", place)
      }
    case .socket:
      throw Diagnostic(.verificationFailed, "the package \(name) ships a socket, \(entry.path)")
    }
    guard lchown(place.string, entry.owner, entry.group) == 0 else {
      throw failure("change the owner of", place)
    }
    if case .symbolicLink = entry.kind {
    } else {
      guard chmod(place.string, mode_t(entry.permissions)) == 0 else {
        throw failure("change the mode of", place)
      }
    }
    try Self.setTime(place, entry.modified)
  }

  private func writeFile(_ entry: ArchiveEntry, at place: FilePath, from archive: ArchiveReader)
    throws(Diagnostic)
  {
    let file = open(place.string, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("create", place) }
    defer { close(file) }
    var written: Int64 = 0
    try archive.forEachBlock { (block: UnsafeRawBufferPointer) throws(Diagnostic) in
      written += Int64(block.count)
      guard written <= entry.size else {
        throw Diagnostic(.verificationFailed, "the package \(name): \(entry.path) is longer than it says")
      }
      try FileOutput.write(block, to: file, place)
    }
    guard written == entry.size || ftruncate(file, Int(entry.size)) == 0 else {
      throw failure("write", place)
    }
    guard fchown(file, entry.owner, entry.group) == 0 else { throw failure("change the owner of", place) }
    guard fchmod(file, mode_t(entry.permissions)) == 0 else { throw failure("change the mode of", place) }
    for (name, value) in entry.extendedAttributes {
      guard value.withUnsafeBytes({ fsetxattr(file, name, $0.baseAddress, $0.count, 0) }) == 0 else {
        throw failure("set the attribute \(name) of", place)
      }
    }
    let time = timespec(tv_sec: Int(entry.modified), tv_nsec: 0)
    guard futimens(file, [time, time]) == 0 else { throw failure("set the time of", place) }
  }

  private mutating func makeParents(_ path: String) throws(Diagnostic) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let parent = String(path[..<slash])
    if created.contains(parent) { return }
    try makeParents(parent)
    if claims.claimParent(parent, by: owner) { try makeFolder(root.appending(parent), parent) }
    created.insert(parent)
  }

  private mutating func makeFolder(_ place: FilePath, _ path: String) throws(Diagnostic) {
    try makeParents(path)
    // Another package may be about to create the folder that it has just claimed, or have created it.
    guard mkdir(place.string, 0o755) == 0 || errno == EEXIST else {
      throw failure("create the folder", place)
    }
    created.insert(path)
  }

  private func failure(_ action: String, _ place: FilePath) -> Diagnostic { .system(.current, action, place) }

  /// Of device nodes the kernel lets ordinary users make none, also where they're root of a user namespace.
  private func deviceFailure(_ path: String, _ place: FilePath) -> Diagnostic {
    guard errno == EPERM else { return failure("create the device", place) }
    return Diagnostic(
      .failed, "the package \(name) ships the device \(path), which only root may make",
      hints: ["bake this recipe as root; the image is the same"])
  }

  static func setTime(_ place: FilePath, _ seconds: Int64) throws(Diagnostic) {
    let time = timespec(tv_sec: Int(seconds), tv_nsec: 0)
    guard utimensat(AT_FDCWD, place.string, [time, time], AT_SYMLINK_NOFOLLOW) == 0 else {
      throw .system(.current, "set the time of", place)
    }
  }

  /// The path of an entry relative to the root, or an error where it tries to leave it.
  private static func normalise(_ path: String, _ name: String) throws(Diagnostic) -> String {
    var components = path.split(separator: "/", omittingEmptySubsequences: true)
    if components.first == "." { components.removeFirst() }
    guard !components.contains(where: { $0 == "." || $0 == ".." }) else {
      throw Diagnostic(
        .verificationFailed, "the package \(name) ships '\(path)', a path that leaves the root tree")
    }
    return components.joined(separator: "/")
  }
}

/// Writing to plain file descriptors.
enum FileOutput {
  /// Writes all of `block`, whatever the kernel takes at a time.
  static func write(_ block: UnsafeRawBufferPointer, to file: Int32, _ path: FilePath) throws(Diagnostic) {
    var rest = block[...]
    while !rest.isEmpty {
      let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(.current, "write", path)
      }
      rest = rest.dropFirst(count)
    }
  }
}
