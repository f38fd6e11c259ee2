import CLinux
import Essentials
import Glibc
import SystemPackage

/// Writes a package's files into a root tree.
///
/// The claims know every link that packages ship, and a path is resolved against them. Links that scripts made, or that another
/// package ships while this one is unpacked, lead nowhere out of the root either (``RootFolder``).
struct TreeWriter {
  /// What a package may unpack to at most, in bytes.
  static let sizeLimit: Int64 = 16 << 30

  let root: RootFolder
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
  private var size: Int64 = 0
  /// The folder written to last; archives list a folder's files one after the other.
  private var last: (path: String, folder: RootFolder.Folder)?

  init(
    root: RootFolder, claims: TreeClaims, owner: TreeClaims.Owner, name: String,
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
    if case .file = entry.kind { size = size.addingReportingOverflow(entry.size).partialValue }
    guard entry.size >= 0, (0...Self.sizeLimit).contains(size) else {
      throw Diagnostic(
        .verificationFailed,
        "the package \(name) unpacks to more than the \(ByteCount(Self.sizeLimit)) allowed")
    }
    list.append("/" + shipped)
    var path = try claims.resolve(diversions[shipped] ?? shipped)
    if conffiles.contains(shipped) { path += ".dpkg-new" }

    if case .folder = entry.kind {
      let metadata = TreeClaims.FolderMetadata(
        permissions: entry.permissions, owner: entry.owner, group: entry.group, modified: entry.modified)
      if try claims.claimFolder(path, by: owner, metadata) { try makeFolder(path) }
      return
    }
    let kind: TreeClaims.Kind
    if case .symbolicLink(let target) = entry.kind { kind = .link(target: target) } else { kind = .other }
    let decision = try claims.claim(path, by: owner, kind)
    if decision == .skip { return }
    try makeParents(path)
    let place = try place(path)
    if decision == .replace { unlinkat(place.folder, place.name, 0) }
    try create(entry, at: place, from: archive)
  }

  /// A name in an open folder, which is open until the next place is asked for.
  private struct Place {
    let folder: Int32
    let name: String
    /// What messages call it.
    let path: FilePath
  }

  private mutating func place(_ path: String) throws(Diagnostic) -> Place {
    let slash = path.lastIndex(of: "/")
    let parent = slash.map { String(path[..<$0]) } ?? ""
    let folder: RootFolder.Folder
    if let last, last.path == parent {
      folder = last.folder
    } else {
      folder = try root.open(parent)
      last = (parent, folder)
    }
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    return Place(folder: folder.descriptor, name: name, path: root.path.appending(path))
  }

  private func create(_ entry: ArchiveEntry, at place: Place, from archive: ArchiveReader)
    throws(Diagnostic)
  {
    switch entry.kind {
    case .folder: break
    case .file:
      try writeFile(entry, at: place, from: archive)
      return
    case .symbolicLink(let target):
      guard symlinkat(target, place.folder, place.name) == 0 else { throw failure("create the link", place) }
    case .hardLink(let target):
      try link(target, at: place)
      return
    case .characterDevice(let major, let minor):
      try makeDevice(entry, S_IFCHR, UInt(hardtack_makedev(major, minor)), place)
    case .blockDevice(let major, let minor):
      try makeDevice(entry, S_IFBLK, UInt(hardtack_makedev(major, minor)), place)
    case .fifo:
      guard mkfifoat(place.folder, place.name, mode_t(entry.permissions)) == 0 else {
        throw failure("create the pipe", place)
      }
    case .socket:
      throw Diagnostic(.verificationFailed, "the package \(name) ships a socket, \(entry.path)")
    }
    guard fchownat(place.folder, place.name, entry.owner, entry.group, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw failure("change the owner of", place)
    }
    if case .symbolicLink = entry.kind {
    } else {
      // No link: it was made just now.
      guard fchmodat(place.folder, place.name, mode_t(entry.permissions), 0) == 0 else {
        throw failure("change the mode of", place)
      }
    }
    let time = timespec(tv_sec: Int(entry.modified), tv_nsec: 0)
    guard utimensat(place.folder, place.name, [time, time], AT_SYMLINK_NOFOLLOW) == 0 else {
      throw failure("set the time of", place)
    }
  }

  private func link(_ target: String, at place: Place) throws(Diagnostic) {
    let shipped = try Self.normalise(target, name)
    var other = try claims.resolve(diversions[shipped] ?? shipped)
    if conffiles.contains(shipped) { other += ".dpkg-new" }
    let slash = other.lastIndex(of: "/")
    let folder = try root.open(slash.map { String(other[..<$0]) } ?? "")
    let otherName = slash.map { String(other[other.index(after: $0)...]) } ?? other
    guard linkat(folder.descriptor, otherName, place.folder, place.name, 0) == 0 else {
      throw failure("create the hard link", place)
    }
  }

  private func writeFile(_ entry: ArchiveEntry, at place: Place, from archive: ArchiveReader)
    throws(Diagnostic)
  {
    let file = openat(place.folder, place.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("create", place) }
    defer { close(file) }
    var written: Int64 = 0
    try archive.forEachBlock { (block: UnsafeRawBufferPointer) throws(Diagnostic) in
      written += Int64(block.count)
      guard written <= entry.size else {
        throw Diagnostic(.verificationFailed, "the package \(name): \(entry.path) is longer than it says")
      }
      try FileOutput.write(block, to: file, place.path)
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
    if claims.claimParent(parent, by: owner) { try makeFolder(parent) }
    created.insert(parent)
  }

  private mutating func makeFolder(_ path: String) throws(Diagnostic) {
    try makeParents(path)
    let place = try place(path)
    // Another package may be about to create the folder that it has just claimed, or have created it.
    guard mkdirat(place.folder, place.name, 0o755) == 0 || errno == EEXIST else {
      throw failure("create the folder", place)
    }
    created.insert(path)
  }

  private func failure(_ action: String, _ place: Place) -> Diagnostic {
    .system(.current, action, place.path)
  }

  /// Of device nodes the kernel lets ordinary users make none, also where they're root of a user namespace.
  private func makeDevice(_ entry: ArchiveEntry, _ kind: mode_t, _ number: UInt, _ place: Place)
    throws(Diagnostic)
  {
    if mknodat(place.folder, place.name, kind | mode_t(entry.permissions), number) == 0 { return }
    guard errno == EPERM else { throw failure("create the device", place) }
    throw Diagnostic(
      .failed, "the package \(name) ships the device \(entry.path), which only root may make",
      hints: ["bake this recipe as root; the image is the same"])
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
