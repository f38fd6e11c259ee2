import Essentials
import Glibc
import SystemPackage

/// The names in a folder.
enum FolderListing {
  /// The names in `folder` without `.` and `..`, in no particular order; none where it does not exist.
  static func names(in folder: FilePath) throws(Diagnostic) -> [String] {
    guard let stream = opendir(folder.string) else {
      if errno == ENOENT { return [] }
      throw .system(.current, "list", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw .system(.current, "list", folder) }
        return names
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }
}
