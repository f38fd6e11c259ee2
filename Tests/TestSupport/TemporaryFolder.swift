package import Essentials
import Glibc
package import SystemPackage

/// A folder of a test's own, removed with all it holds when the last reference goes.
package final class TemporaryFolder: Sendable {
  package let path: FilePath

  /// - Parameter parent: where it is made; the system's folder for temporary files by default.
  package init(in parent: FilePath? = nil) throws(Diagnostic) {
    let parent = parent ?? FilePath(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
    var template = Array(parent.appending("hardtack-test.XXXXXX").string.utf8CString)
    guard mkdtemp(&template) != nil else { throw .system(.current, "create a folder in", parent) }
    path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  deinit { Self.remove(path.string) }

  /// The path of `name` in it; nothing is created.
  package func appending(_ name: String) -> FilePath { path.pushing(FilePath(name)) }

  private static func remove(_ path: String) {
    if unlink(path) == 0 || errno == ENOENT { return }
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { remove(path + "/" + name) }
      }
      closedir(folder)
    }
    rmdir(path)
  }
}
