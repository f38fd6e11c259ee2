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

  deinit { Self.remove(Array(path.string.utf8CString)) }

  /// The path of `name` in it; nothing is created.
  package func appending(_ name: String) -> FilePath { path.pushing(FilePath(name)) }

  // Paths are C strings, since a test may make names that aren't UTF-8.
  private static func remove(_ path: [CChar]) {
    if unlink(path) == 0 || errno == ENOENT { return }
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
        }
        let dot = CChar(UInt8(ascii: "."))
        if name == [dot] || name == [dot, dot] { continue }
        remove(path.dropLast() + [CChar(UInt8(ascii: "/"))] + name + [0])
      }
      closedir(folder)
    }
    rmdir(path)
  }
}
