import CLinux
import Essentials
import Glibc
import SystemPackage

/// Making and removing whole trees of files in the baker's own working folders.
enum FolderTree {
  /// Removes `path` and all below it; nothing there is fine. Links are removed, never followed.
  static func remove(_ path: FilePath) throws(Diagnostic) {
    if unlink(path.string) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else { throw .system(.current, "remove", path) }
    guard let parent = open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
      throw .system(.current, "remove", path)
    }
    defer { close(parent) }
    try empty(parent, path)
    guard rmdir(path.string) == 0 else { throw .system(.current, "remove", path) }
  }

  private static func empty(_ folder: Int32, _ path: FilePath) throws(Diagnostic) {
    for name in try names(folder, path) {
      if unlinkat(folder, name, 0) == 0 { continue }
      guard errno == EISDIR || errno == EPERM else { throw .system(.current, "remove", path.appending(name)) }
      let child = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard child >= 0 else { throw .system(.current, "remove", path.appending(name)) }
      defer { close(child) }
      try empty(child, path.appending(name))
      guard unlinkat(folder, name, AT_REMOVEDIR) == 0 else {
        throw .system(.current, "remove", path.appending(name))
      }
    }
  }

  /// The names in the open folder `folder`, in bytewise order, without `.` and `..`.
  static func names(_ folder: Int32, _ path: FilePath) throws(Diagnostic) -> [String] {
    let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { throw .system(.current, "read", path) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func open(_ path: FilePath, flags: Int32) -> Int32? {
    let handle = Glibc.open(path.string, flags | O_CLOEXEC)
    return handle >= 0 ? handle : nil
  }

  /// Creates a symbolic link.
  static func link(_ path: FilePath, to target: String) throws(Diagnostic) {
    guard symlink(target, path.string) == 0 else { throw .system(.current, "create the link", path) }
  }

  /// Whether anything is at `path`, a dangling link included.
  static func exists(_ path: FilePath) -> Bool {
    var information = stat()
    return lstat(path.string, &information) == 0
  }
}
