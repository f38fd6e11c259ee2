import CLinux
import Essentials
import Glibc
import SystemPackage

/// The files of a folder on the host, as they go into an image: names, contents, links and whether a file may be
/// executed. Owners, other permissions and times of the host do not.
struct SourceTree: Sendable {
  struct Entry: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
      case folder
      case file(executable: Bool)
      case link(target: String)
    }

    /// Relative to the folder.
    var path: String
    var kind: Kind
    /// Of the file's content or the link's target; nil for a folder.
    var digest: Digest?
  }

  let folder: FilePath
  /// In bytewise order of their paths.
  let entries: [Entry]

  /// What no image needs, wherever it is.
  private static let ignored: Set<String> = [".git", ".hg", ".svn", "__pycache__", ".DS_Store"]

  /// Reads `folder`, or the one file that it is.
  /// - Parameter isExcluded: says of a path relative to the folder whether it's left out, with all below it.
  static func read(
    _ folder: FilePath, isExcluded: (_ path: String, _ isFolder: Bool) -> Bool = { _, _ in false }
  ) throws(Diagnostic)
    -> SourceTree
  {
    var information = stat()
    guard lstat(folder.string, &information) == 0 else { throw .system(.current, "read", folder) }
    var entries: [Entry] = []
    let blocks = FileBlocks()
    if information.st_mode & S_IFMT == S_IFREG {
      entries = [try file("", AT_FDCWD, folder.string, folder, information, blocks)]
    } else {
      let handle = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard handle >= 0 else { throw .system(.current, "read", folder) }
      defer { close(handle) }
      try read(handle, folder, "", isExcluded, &entries, blocks)
    }
    return SourceTree(
      folder: folder, entries: entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
  }

  private static func read(
    _ handle: Int32, _ folder: FilePath, _ prefix: String, _ isExcluded: (String, Bool) -> Bool,
    _ entries: inout [Entry], _ blocks: FileBlocks
  ) throws(Diagnostic) {
    for name in try FolderTree.names(handle, folder) where !ignored.contains(name) && !name.hasSuffix(".pyc")
    {
      let path = prefix + name
      let place = folder.appending(name)
      var information = stat()
      guard fstatat(handle, name, &information, AT_SYMLINK_NOFOLLOW) == 0 else {
        throw .system(.current, "read", place)
      }
      if isExcluded(path, information.st_mode & S_IFMT == S_IFDIR) { continue }
      switch information.st_mode & S_IFMT {
      case S_IFDIR:
        entries.append(Entry(path: path, kind: .folder))
        let child = openat(handle, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard child >= 0 else { throw .system(.current, "read", place) }
        defer { close(child) }
        try read(child, place, path + "/", isExcluded, &entries, blocks)
      case S_IFREG:
        entries.append(try file(path, handle, name, place, information, blocks))
      case S_IFLNK:
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(handle, name, &buffer, buffer.count)
        guard count >= 0 else { throw .system(.current, "read the link", place) }
        let target = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        entries.append(Entry(path: path, kind: .link(target: target), digest: Digest(of: target)))
      default:
        throw Diagnostic(
          .failed, "\(place) is neither file nor folder nor link",
          hints: ["remove it, or leave it out with the recipe's 'exclude'"])
      }
    }
  }

  private static func file(
    _ path: String, _ folder: Int32, _ name: String, _ place: FilePath, _ information: stat,
    _ blocks: FileBlocks
  ) throws(Diagnostic) -> Entry {
    let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard file >= 0 else { throw .system(.current, "read", place) }
    defer { close(file) }
    return Entry(
      path: path, kind: .file(executable: information.st_mode & 0o111 != 0),
      digest: try blocks.digest(of: file, place))
  }

  /// The digest of everything in it.
  var digest: Digest {
    var text = ""
    for entry in entries {
      let kind =
        switch entry.kind {
        case .folder: "d"
        case .file(executable: true): "x"
        case .file(executable: false): "f"
        case .link: "l"
        }
      text += "\(kind) \(entry.digest?.hexadecimal ?? "-") \(entry.path.utf8.count):\(entry.path)\n"
    }
    return Digest(of: text)
  }

  /// Copies everything to `destination` of the image.
  /// - Parameters:
  ///   - mode: the permissions of files; where nil, 0755 for those that may be executed and 0644 for the others.
  /// - Throws: also where a file changed since it was read.
  func copy(to destination: String, in tree: UpperTree, mode: mode_t? = nil) throws(Diagnostic) {
    let blocks = FileBlocks()
    if entries.count == 1, entries[0].path.isEmpty {
      return try copy(entries[0], folder, to: try tree.place(destination), mode, blocks)
    }
    let base = try tree.makeFolders(destination)
    for entry in entries {
      try copy(entry, folder.appending(entry.path), to: base.appending(entry.path), mode, blocks)
    }
  }

  private func copy(
    _ entry: Entry, _ source: FilePath, to place: FilePath, _ mode: mode_t?, _ blocks: FileBlocks
  )
    throws(Diagnostic)
  {
    switch entry.kind {
    case .folder:
      guard mkdir(place.string, 0o755) == 0 || errno == EEXIST else {
        throw .system(.current, "create the folder", place)
      }
      guard chmod(place.string, 0o755) == 0 else { throw .system(.current, "change the mode of", place) }
    case .link(let target): try FolderTree.link(place, to: target)
    case .file(let executable):
      let digest = try blocks.copy(source, to: place, mode: mode ?? (executable ? 0o755 : 0o644))
      guard digest == entry.digest else {
        throw Diagnostic(
          .failed, "\(source) changed while it was being baked", hints: ["run the command again"])
      }
    }
  }
}

extension SourceTree {
  /// The part of it that `isSelected` names, with the folders above.
  func selecting(_ isSelected: (_ path: String, _ isFolder: Bool) -> Bool) -> SourceTree {
    var folders: Set<String> = []
    let chosen = entries.filter { entry in
      guard entry.kind != .folder, isSelected(entry.path, false) else { return false }
      var path = entry.path[...]
      while let slash = path.lastIndex(of: "/") {
        path = path[..<slash]
        folders.insert(String(path))
      }
      return true
    }
    let above = entries.filter { $0.kind == .folder && folders.contains($0.path) }
    return SourceTree(
      folder: folder,
      entries: (chosen + above).sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
  }
}
