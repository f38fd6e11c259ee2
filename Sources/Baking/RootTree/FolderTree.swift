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

  // By the bytes of the names: a build command may make some that aren't UTF-8.
  private static func empty(_ folder: Int32, _ path: FilePath) throws(Diagnostic) {
    let names = try FolderNames(folder, path: path)
    for index in 0..<names.count {
      let place = path.appending(String(decoding: names[index], as: UTF8.self))
      if names.withName(index, { unlinkat(folder, $0, 0) }) == 0 { continue }
      guard errno == EISDIR || errno == EPERM else { throw .system(.current, "remove", place) }
      let child = names.withName(index) {
        openat(folder, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
      guard child >= 0 else { throw .system(.current, "remove", place) }
      defer { close(child) }
      try empty(child, place)
      guard names.withName(index, { unlinkat(folder, $0, AT_REMOVEDIR) }) == 0 else {
        throw .system(.current, "remove", place)
      }
    }
  }

  /// The names in the open folder `folder`, in bytewise order, without `.` and `..`.
  /// - Throws: also where one isn't UTF-8.
  static func names(_ folder: Int32, _ path: FilePath) throws(Diagnostic) -> [String] {
    let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw .system(.current, "read", path) }
    defer { close(copy) }
    let names = try FolderNames(copy, path: path)
    var texts: [String] = []
    for index in 0..<names.count {
      guard let text = String(validating: names[index], as: UTF8.self) else {
        let shown = String(decoding: names[index], as: UTF8.self).printable
        throw Diagnostic(
          .failed, "the name of \(path.appending(shown)) isn't UTF-8", hints: ["rename it, or leave it out"])
      }
      texts.append(text)
    }
    return texts
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
