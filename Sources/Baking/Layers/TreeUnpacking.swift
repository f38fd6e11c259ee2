import CLinux
import Essentials
import Glibc
import SystemPackage

/// The unpacking of one layer: first every entry, then hard links, last the folders' own metadata, which
/// making something in them would change.
final class TreeUnpacking {
  private let table: LayerTable
  private let root: FilePath
  private let walk: FolderWalk

  init(_ table: LayerTable, _ root: FilePath) {
    self.table = table
    self.root = root
    walk = FolderWalk(root: root)
  }

  /// - Parameter layer: the tar that the table is of.
  func run(_ layer: UnsafeRawBufferPointer) throws(Diagnostic) {
    for index in table.entries.indices.dropFirst() where table.entries[index].kind != .hardLink {
      try make(index, layer)
    }
    let targets = FolderWalk(root: root)
    for (index, entry) in table.entries.enumerated() where entry.kind == .hardLink {
      let folder = try walk.folder(table, entry.parent)
      let target = try targets.folder(table, table.entries[entry.link].parent)
      let targetName = FolderWalk.zeroed(table.name(of: entry.link))
      try replacing(index, in: folder) { linkat(target, targetName, folder, $0, 0) }
    }
    for (index, entry) in table.entries.enumerated().reversed()
    where entry.kind == .folder && !entry.isImplied {
      try finishFolder(index, entry)
    }
  }

  private func make(_ index: Int, _ layer: UnsafeRawBufferPointer) throws(Diagnostic) {
    let entry = table.entries[index]
    let folder = try walk.folder(table, entry.parent)
    switch entry.kind {
    case .folder: try makeFolder(index, in: folder)
    case .file: try makeFile(index, entry, in: folder, layer)
    case .symbolicLink:
      let target = FolderWalk.zeroed(table.target(of: index))
      try replacing(index, in: folder) { symlinkat(target, folder, $0) }
      try finish(index, entry, in: folder)
    case .characterDevice, .blockDevice, .fifo, .whiteout:
      let kind: mode_t = entry.kind == .fifo ? S_IFIFO : entry.kind == .blockDevice ? S_IFBLK : S_IFCHR
      let device = dev_t(hardtack_makedev(entry.major, entry.minor))
      try replacing(index, in: folder) { mknodat(folder, $0, kind | 0o600, device) }
      if entry.kind != .whiteout { try finish(index, entry, in: folder) }
    case .hardLink: break
    }
  }

  /// Makes an entry, in the place of one that is no folder.
  private func replacing(
    _ index: Int, in folder: Int32, _ make: (UnsafePointer<CChar>) -> Int32
  ) throws(Diagnostic) {
    let name = FolderWalk.zeroed(table.name(of: index))
    if make(name) == 0 { return }
    guard errno == EEXIST, unlinkat(folder, name, 0) == 0, make(name) == 0 else {
      throw failure("create", index)
    }
  }

  private func makeFolder(_ index: Int, in folder: Int32) throws(Diagnostic) {
    let name = FolderWalk.zeroed(table.name(of: index))
    if mkdirat(folder, name, 0o700) == 0 {
      // An implied folder's metadata are never set.
      if table.entries[index].isImplied, fchmodat(folder, name, 0o755, 0) != 0 {
        throw failure("create", index)
      }
      return
    }
    guard errno == EEXIST else { throw failure("create the folder", index) }
    var information = stat()
    guard fstatat(folder, name, &information, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure("read", index) }
    if information.st_mode & S_IFMT == S_IFDIR { return }
    guard unlinkat(folder, name, 0) == 0, mkdirat(folder, name, 0o700) == 0 else {
      throw failure("create the folder", index)
    }
  }

  private func makeFile(
    _ index: Int, _ entry: LayerEntry, in folder: Int32, _ layer: UnsafeRawBufferPointer
  ) throws(Diagnostic) {
    var file: Int32 = -1
    try replacing(index, in: folder) { name in
      file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      return file >= 0 ? 0 : -1
    }
    defer { close(file) }
    // The table was checked against the layer's size.
    var rest = UnsafeRawBufferPointer(rebasing: layer[Int(entry.offset)..<Int(entry.offset + entry.size)])
    while rest.count > 0 {
      let count = Glibc.write(file, rest.baseAddress, rest.count)
      guard count > 0 else {
        if errno == EINTR { continue }
        throw failure("write", index)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    // The owner first: changing it takes setuid bits and capabilities away.
    guard fchown(file, entry.owner, entry.group) == 0, fchmod(file, mode_t(entry.permissions)) == 0 else {
      throw failure("set the owner of", index)
    }
    for attribute in table.attributes(of: index) {
      let name = FolderWalk.zeroed(attribute.name[...])
      guard fsetxattr(file, name, attribute.value, attribute.value.count, 0) == 0 else {
        throw failure("set the attribute \(attribute.text) of", index)
      }
    }
    guard futimens(file, Self.times(entry)) == 0 else { throw failure("set the time of", index) }
  }

  /// Sets what a link, device or pipe carries, without opening it.
  private func finish(_ index: Int, _ entry: LayerEntry, in folder: Int32) throws(Diagnostic) {
    let name = FolderWalk.zeroed(table.name(of: index))
    guard fchownat(folder, name, entry.owner, entry.group, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw failure("set the owner of", index)
    }
    if entry.kind != .symbolicLink, fchmodat(folder, name, mode_t(entry.permissions), 0) != 0 {
      throw failure("set the mode of", index)
    }
    let place = Array("/proc/self/fd/\(folder)/".utf8CString.dropLast()) + name
    for attribute in table.attributes(of: index) {
      let key = FolderWalk.zeroed(attribute.name[...])
      guard lsetxattr(place, key, attribute.value, attribute.value.count, 0) == 0 else {
        throw failure("set the attribute \(attribute.text) of", index)
      }
    }
    guard utimensat(folder, name, Self.times(entry), AT_SYMLINK_NOFOLLOW) == 0 else {
      throw failure("set the time of", index)
    }
  }

  private func finishFolder(_ index: Int, _ entry: LayerEntry) throws(Diagnostic) {
    let folder = try walk.folder(table, index)
    guard fchown(folder, entry.owner, entry.group) == 0, fchmod(folder, mode_t(entry.permissions)) == 0 else {
      throw failure("set the owner of", index)
    }
    for attribute in table.attributes(of: index) {
      let name = FolderWalk.zeroed(attribute.name[...])
      guard fsetxattr(folder, name, attribute.value, attribute.value.count, 0) == 0 else {
        throw failure("set the attribute \(attribute.text) of", index)
      }
    }
    if entry.isOpaque {
      // In a user namespace overlayfs takes, and lets set, the second name only (mount option userxattr).
      let marked = ["trusted", "user"].contains { fsetxattr(folder, "\($0).overlay.opaque", "y", 1, 0) == 0 }
      guard marked else { throw failure("mark as opaque", index) }
    }
    guard futimens(folder, Self.times(entry)) == 0 else { throw failure("set the time of", index) }
  }

  private static func times(_ entry: LayerEntry) -> [timespec] {
    let time = timespec(tv_sec: Int(entry.modified), tv_nsec: 0)
    return [time, time]
  }

  private func failure(_ action: String, _ index: Int) -> Diagnostic {
    .system(.current, action, root.appending(String(decoding: table.path(of: index), as: UTF8.self)))
  }
}
