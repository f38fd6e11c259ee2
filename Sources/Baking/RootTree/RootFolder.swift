import CLinux
import Essentials
import Glibc
import SystemPackage

/// The folder that stands for `/` while packages are unpacked into it: whatever links packages and their scripts put there, a
/// path leads nowhere else.
final class RootFolder: Sendable {
  let path: FilePath
  private let descriptor: Int32

  /// - Parameter path: the folder, which must exist.
  init(_ path: FilePath) throws(Diagnostic) {
    self.path = path
    descriptor = Glibc.open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.current, "open the folder", path) }
  }

  deinit { close(descriptor) }

  /// A folder below, open for as long as this lives.
  final class Folder {
    let descriptor: Int32
    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
  }

  /// Opens the folder `path`, relative to the root and empty for the root itself. Links are followed as a process would whose root
  /// this is.
  func open(_ path: String) throws(Diagnostic) -> Folder {
    let folder = hardtack_open_in_root(
      descriptor, path.isEmpty ? "." : path, UInt64(O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0)
    guard folder >= 0 else { throw .system(.current, "open the folder", self.path.appending(path)) }
    return Folder(folder)
  }

  /// Where `path` really lies: the links above it followed as a process would whose root this is, the last one not. It holds until
  /// something else changes the tree.
  /// - Throws: where the links are a loop.
  func place(_ path: String) throws(Diagnostic) -> FilePath {
    var pending = path.split(separator: "/").reversed().map(String.init)
    guard let name = pending.first else { return self.path }
    pending.removeFirst()
    var at = self.path
    var depth = 0
    var followed = 0
    while let component = pending.popLast() {
      if component == "." { continue }
      if component == ".." {
        if depth > 0 { at.removeLastComponent() }
        depth = max(0, depth - 1)
        continue
      }
      let next = at.appending(component)
      guard let target = Self.target(of: next) else {
        at = next
        depth += 1
        continue
      }
      followed += 1
      guard followed <= 40 else {
        throw Diagnostic(.verificationFailed, "/\(path) lies behind a loop of links in the image")
      }
      if target.hasPrefix("/") { (at, depth) = (self.path, 0) }
      pending.append(contentsOf: target.split(separator: "/").reversed().map(String.init))
    }
    return at.appending(name)
  }

  private static func target(of path: FilePath) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path.string, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }
}
