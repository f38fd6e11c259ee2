import Essentials
import Glibc
import SystemPackage

/// What stands in a folder of the machine's configuration.
enum FolderContents {
  /// The names in `folder`, in bytewise order; none where there is no such folder.
  static func names(_ folder: FilePath) throws(Diagnostic) -> [String] {
    guard let stream = opendir(folder.string) else {
      if errno == ENOENT { return [] }
      throw .system(.current, "read", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }
}
