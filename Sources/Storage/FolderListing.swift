package import Essentials
import Glibc
package import SystemPackage

/// The names in a folder.
package enum FolderListing {
  /// The names in `folder` without `.` and `..`, in no particular order; none where it does not exist.
  package static func names(in folder: FilePath) throws(Diagnostic) -> [String] {
    var names: [String] = []
    try forEach(in: folder) { _, name in
      let name = String(decoding: name, as: UTF8.self)
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Calls `body` with the folder's descriptor and each name's bytes, behind which a zero follows: `.` and `..` among
  /// them, in no particular order; never where the folder does not exist.
  static func forEach(
    in folder: FilePath, _ body: (_ folder: Int32, _ name: UnsafeRawBufferPointer) -> Void
  ) throws(Diagnostic) {
    guard let stream = opendir(folder.string) else {
      if errno == ENOENT { return }
      throw .system(.current, "list", folder)
    }
    defer { closedir(stream) }
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw .system(.current, "list", folder) }
        return
      }
      withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        let count = bytes.firstIndex(of: 0) ?? bytes.count
        body(dirfd(stream), UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
    }
  }
}
