import CLinux
import Essentials
import Glibc
import SystemPackage

/// Walks a folder by descriptors, in the order of a ``LayerTable``.
final class FileTreeScanner {
  /// A folder under way.
  private struct Frame {
    let descriptor: Int32
    let entry: Int
    let names: FolderNames
    var next = 0
    let pathCount: Int
  }

  private let root: FilePath
  private let epoch: Int64
  private let mode: FileTree.Mode
  private let exclusions: FileTree.Exclusions
  private let hasExclusions: Bool
  private var tree: FileTree
  private var frames: [Frame] = []
  private var path: [UInt8] = []
  private var firstNames: [FileTree.Identity: Int] = [:]
  private let attributes = AttributeReader()

  init(root: FilePath, epoch: Int64, mode: FileTree.Mode, exclusions: FileTree.Exclusions) {
    self.root = root
    self.epoch = epoch
    self.mode = mode
    self.exclusions = exclusions
    hasExclusions = !exclusions.entries.isEmpty || !exclusions.contents.isEmpty
    tree = FileTree(root: root, table: LayerTable(), identities: [], dropped: [])
  }

  deinit { for frame in frames { close(frame.descriptor) } }

  func scan() throws(Diagnostic) -> FileTree {
    let descriptor = open(root.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.current, "open the folder", root) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      close(descriptor)
      throw .system(.current, "read", root)
    }
    do {
      var entry = self.entry(.folder, information)
      try readAttributes(descriptor, name: nil, into: &entry, isFolder: true)
      append(entry, information)
    } catch {
      close(descriptor)
      throw error
    }
    try enter(descriptor, entry: 0)
    while let frame = frames.last {
      guard frame.next < frame.names.count else {
        leave()
        continue
      }
      frames[frames.count - 1].next += 1
      try visit(frame.names, frame.next, in: frame)
    }
    return tree
  }

  private func enter(_ descriptor: Int32, entry: Int) throws(Diagnostic) {
    // The frame owns the descriptor from here on.
    do {
      let isEmptied = hasExclusions && exclusions.contents.contains(pathString)
      let names = isEmptied ? FolderNames() : try FolderNames(descriptor, path: shownPath)
      frames.append(Frame(descriptor: descriptor, entry: entry, names: names, pathCount: path.count))
    } catch {
      close(descriptor)
      throw error
    }
    guard frames.count <= LayerTable.depthLimit else {
      throw Diagnostic(.failed, "\(shownPath) lies deeper than the \(LayerTable.depthLimit) folders allowed")
    }
  }

  private func leave() {
    let frame = frames.removeLast()
    close(frame.descriptor)
  }

  private func visit(_ names: FolderNames, _ index: Int, in frame: Frame) throws(Diagnostic) {
    path.removeSubrange(frame.pathCount...)
    if !path.isEmpty { path.append(UInt8(ascii: "/")) }
    path.append(contentsOf: names[index])
    if hasExclusions, exclusions.entries.contains(pathString) { return }
    var information = stat()
    let result = names.withName(index) {
      fstatat(frame.descriptor, $0, &information, AT_SYMLINK_NOFOLLOW)
    }
    guard result == 0 else { throw .system(.current, "read", shownPath) }

    guard let kind = kind(information) else {
      guard information.st_mode & S_IFMT == S_IFSOCK else {
        throw Diagnostic(.failed, "\(shownPath) is of a kind that no layer can hold")
      }
      tree.dropped.append(pathString)
      return
    }
    guard !names[index].starts(with: Whiteout.prefix) else {
      throw Diagnostic(.failed, "\(shownPath) is named like a whiteout, which would remove another file")
        .hint("give it a name that doesn't begin with '.wh.'")
    }
    var entry = entry(kind, information)
    entry.parent = frame.entry
    entry.name = try tree.table.store(names[index])
    if kind != .folder, kind != .whiteout, information.st_nlink > 1 {
      let key = FileTree.Identity(device: UInt(information.st_dev), inode: UInt(information.st_ino))
      if let first = firstNames[key] {
        var link = LayerEntry(kind: .hardLink)
        link.parent = entry.parent
        link.name = entry.name
        link.link = first
        append(link, information)
        return
      }
      firstNames[key] = tree.table.entries.count
    }
    if kind == .symbolicLink {
      entry.target = try target(names, index, in: frame.descriptor)
    }
    if kind != .whiteout {
      // The closure can't carry a typed error out of withName.
      let outcome = names.withName(index) { (name) -> Result<LayerEntry, Diagnostic> in
        Result { () throws(Diagnostic) in
          var copy = entry
          try readAttributes(frame.descriptor, name: name, into: &copy, isFolder: kind == .folder)
          return copy
        }
      }
      entry = try outcome.get()
    }
    append(entry, information)
    if kind == .folder {
      let descriptor = names.withName(index) {
        openat(frame.descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
      guard descriptor >= 0 else { throw .system(.current, "open the folder", shownPath) }
      try enter(descriptor, entry: tree.table.entries.count - 1)
    }
  }

  private func append(_ entry: LayerEntry, _ information: stat) {
    tree.table.entries.append(entry)
    tree.identities.append(FileTree.Identity(information))
  }

  private func kind(_ information: stat) -> LayerEntry.Kind? {
    switch information.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    case S_IFLNK: .symbolicLink
    case S_IFCHR: mode == .overlayUpper && information.st_rdev == 0 ? .whiteout : .characterDevice
    case S_IFBLK: .blockDevice
    case S_IFIFO: .fifo
    default: nil
    }
  }

  private func entry(_ kind: LayerEntry.Kind, _ information: stat) -> LayerEntry {
    var entry = LayerEntry(kind: kind)
    if kind == .whiteout { return entry }
    entry.permissions = UInt16(information.st_mode & 0o7777)
    entry.owner = information.st_uid
    entry.group = information.st_gid
    entry.modified = min(epoch, Int64(information.st_mtim.tv_sec))
    if kind == .file { entry.size = Int64(information.st_size) }
    if kind == .characterDevice || kind == .blockDevice {
      entry.major = hardtack_major(UInt64(information.st_rdev))
      entry.minor = hardtack_minor(UInt64(information.st_rdev))
    }
    return entry
  }

  private func target(_ names: FolderNames, _ index: Int, in folder: Int32) throws(Diagnostic) -> ArenaRange {
    let room = 4096
    let target = names.withName(index) { name in
      [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        // Never nil: the capacity isn't zero.
        count = max(
          0, buffer.withMemoryRebound(to: CChar.self) { readlinkat(folder, name, $0.baseAddress!, room) })
      }
    }
    // No link of Linux's is empty or longer than 4,095 bytes.
    guard !target.isEmpty, target.count < room else { throw .system(.current, "read the link", shownPath) }
    return try tree.table.store(target)
  }

  private func readAttributes(
    _ folder: Int32, name: UnsafePointer<CChar>?, into entry: inout LayerEntry, isFolder: Bool
  ) throws(Diagnostic) {
    let found = try attributes.read(folder, name: name, path: shownPath)
    guard !found.isEmpty else { return }
    let path = shownPath
    var kept: [ExtendedAttribute] = []
    for attribute in found {
      if mode == .overlayUpper, let meaning = OverlayAttribute(attribute) {
        switch meaning {
        case .opaque: if isFolder { entry.isOpaque = true }
        case .bookkeeping: break
        case .unsupported:
          throw Diagnostic(
            .failed, "\(path) holds only a part of its file: the overlay wrote '\(attribute.text)'"
          )
          .hint("mount the overlay with metacopy=off,redirect_dir=off")
        }
        continue
      }
      guard ExtendedAttribute.isKept(attribute.name) else { continue }
      guard attribute.value.count <= 65535, !attribute.name.contains(UInt8(ascii: "=")) else {
        throw Diagnostic(.failed, "\(path) has the attribute '\(attribute.text)', which no tar can hold")
      }
      kept.append(attribute)
    }
    if !kept.isEmpty { entry.attributes = try tree.table.store(ExtendedAttribute.encode(kept)) }
  }

  private var pathString: String { String(decoding: path, as: UTF8.self) }
  private var shownPath: FilePath { path.isEmpty ? root : root.appending(pathString) }
}

extension FileTree.Identity {
  init(_ information: stat) {
    device = UInt(information.st_dev)
    inode = UInt(information.st_ino)
    changed = Int64(information.st_ctim.tv_sec)
    changedNanoseconds = Int64(information.st_ctim.tv_nsec)
  }
}
