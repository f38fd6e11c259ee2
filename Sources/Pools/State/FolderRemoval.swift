import Essentials
import Glibc
import SystemPackage

/// Removes the folders of instances: two levels of files that this program made.
enum FolderRemoval {
  static func remove(_ folder: FilePath, depth: Int = 2) throws(Diagnostic) {
    guard let listing = opendir(folder.string) else {
      if errno == ENOENT { return }
      throw .system(.current, "read", folder)
    }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      let path = folder.appending(name)
      var information = stat()
      if depth > 0, lstat(path.string, &information) == 0, information.st_mode & S_IFMT == S_IFDIR {
        try remove(path, depth: depth - 1)
      } else if unlink(path.string) != 0, errno != ENOENT {
        throw .system(.current, "remove", path)
      }
    }
    guard rmdir(folder.string) == 0 || errno == ENOENT else { throw .system(.current, "remove", folder) }
  }
}
