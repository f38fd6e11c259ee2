import CLinux
import Essentials
import Glibc
import SystemPackage

/// What a tree of files takes on the disk.
struct TreeSize {
  /// In bytes, those of a file with several names once.
  private(set) var bytes: Int64 = 0
  private var linked: Set<ino_t> = []

  /// Adds up `tree`; what goes away meanwhile counts nothing.
  init(_ tree: FilePath) throws(Diagnostic) {
    let folder = open(tree.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard folder >= 0 else {
      if errno == ENOENT { return }
      throw .system(.current, "read", tree)
    }
    defer { close(folder) }
    try add(folder, tree)
  }

  // As deep as the folders of a layer, whose paths are bounded.
  private mutating func add(_ folder: Int32, _ path: FilePath) throws(Diagnostic) {
    let names = try FolderNames(folder, path: path)
    for index in 0..<names.count {
      var information = stat()
      let found = names.withName(index) { fstatat(folder, $0, &information, AT_SYMLINK_NOFOLLOW) }
      guard found == 0 else {
        if errno == ENOENT { continue }
        throw .system(.current, "read", path)
      }
      let isFolder = information.st_mode & S_IFMT == S_IFDIR
      if !isFolder, information.st_nlink > 1, !linked.insert(information.st_ino).inserted { continue }
      // stat(2): in units of 512 bytes, whatever the file system's blocks.
      bytes += Int64(information.st_blocks) * 512
      guard isFolder else { continue }
      let child = names.withName(index) {
        openat(folder, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
      guard child >= 0 else {
        if errno == ENOENT { continue }
        throw .system(.current, "read", path)
      }
      defer { close(child) }
      try add(child, path)
    }
  }
}
