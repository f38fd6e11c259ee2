import Essentials
import Glibc
import SystemPackage

/// The folder that wheels are installed into, written through file descriptors so that no link in it leads out.
///
/// Every step from the root downwards is opened without following links; files are only ever created, never
/// opened where something stands already.
final class InstallationTree {
  private let root: FileDescriptor
  private let rootPath: FilePath
  /// The folder written to last; archives list a folder's files one after the other.
  private var last: (path: String, folder: FileDescriptor)?

  init(_ root: FilePath) throws(Diagnostic) {
    rootPath = root
    self.root = try attempt("open", root) {
      try FileDescriptor.open(root, .readOnly, options: [.directory, .closeOnExec])
    }
  }

  deinit {
    try? last?.folder.close()
    try? root.close()
  }

  /// Creates `path`, relative to the root, and hands its descriptor to `body`.
  /// - Throws: also where something stands there.
  func create(
    _ path: String, isExecutable: Bool, _ body: (FileDescriptor) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    let (folder, name) = try split(path)
    let shown = rootPath.appending(path)
    let descriptor = openat(
      folder.rawValue, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(.current, "create", shown) }
    let file = FileDescriptor(rawValue: descriptor)
    defer { try? file.close() }
    try body(file)
    // The umask has no say.
    guard fchmod(descriptor, isExecutable ? 0o755 : 0o644) == 0 else {
      throw .system(.current, "write", shown)
    }
  }

  func write(_ bytes: [UInt8], to path: String, isExecutable: Bool = false) throws(Diagnostic) {
    let shown = rootPath.appending(path)
    try create(path, isExecutable: isExecutable) { (file) throws(Diagnostic) in
      _ = try attempt("write", shown) { try file.writeAll(bytes) }
    }
  }

  func link(_ path: String, to target: String) throws(Diagnostic) {
    let (folder, name) = try split(path)
    guard symlinkat(target, folder.rawValue, name) == 0 else {
      throw .system(.current, "create", rootPath.appending(path))
    }
  }

  /// Makes the folder `path`, relative to the root, and those above it.
  func makeFolder(_ path: String) throws(Diagnostic) { _ = try folder(path) }

  private func split(_ path: String) throws(Diagnostic) -> (FileDescriptor, String) {
    guard let slash = path.lastIndex(of: "/") else { return (root, path) }
    return (try folder(String(path[..<slash])), String(path[path.index(after: slash)...]))
  }

  private func folder(_ path: String) throws(Diagnostic) -> FileDescriptor {
    if let last, last.path == path { return last.folder }
    var current = root
    var isOwned = false
    for part in path.split(separator: "/") {
      let name = String(part)
      let made = mkdirat(current.rawValue, name, 0o755) == 0
      let next = openat(current.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let failure = Errno.current
      if isOwned { try? current.close() }
      guard next >= 0 else { throw .system(failure, "open the folder", rootPath.appending(path)) }
      current = FileDescriptor(rawValue: next)
      isOwned = true
      if made, fchmod(next, 0o755) != 0 {
        let failure = Errno.current
        try? current.close()
        throw .system(failure, "create the folder", rootPath.appending(path))
      }
    }
    guard isOwned else { return root }
    try? last?.folder.close()
    last = (path, current)
    return current
  }
}
