import CLinux
import Essentials
import Glibc
import SystemPackage

/// Places files in a layer's tree as if it were mounted over the trees below: folders that exist there keep
/// their owners and modes, and links that lead elsewhere in the image are followed.
struct UpperTree {
  /// The layer's tree.
  let upper: FilePath
  /// The trees below, lowest first.
  let lowers: [FilePath]

  /// Where `path` of the image lies in the layer's tree; the folders above it are made.
  /// - Parameter path: absolute, without `..`.
  func place(_ path: String) throws(Diagnostic) -> FilePath {
    var components = Array(path.split(separator: "/").map(String.init).reversed())
    guard let name = components.first else { return upper }
    components.removeFirst()
    var at: [String] = []
    var followed = 0
    while let component = components.popLast() {
      if component == "." { continue }
      if component == ".." {
        _ = at.popLast()
        continue
      }
      let candidate = (at + [component]).joined(separator: "/")
      if let target = link(candidate) {
        followed += 1
        guard followed <= 40 else {
          throw Diagnostic(.failed, "\(path) lies behind a loop of links in the image")
        }
        if target.hasPrefix("/") { at = [] }
        components.append(contentsOf: target.split(separator: "/").map(String.init).reversed())
        continue
      }
      at.append(component)
      try makeFolder(candidate)
    }
    return upper.appending((at + [name]).joined(separator: "/"))
  }

  /// Makes the folder `path` of the image itself, and those above it.
  func makeFolders(_ path: String) throws(Diagnostic) -> FilePath {
    let inside = try place(path + "/.")
    return inside.removingLastComponent()
  }

  private var all: [FilePath] { [upper] + lowers.reversed() }

  private func link(_ path: String) -> String? {
    for tree in all {
      var information = stat()
      guard lstat(tree.appending(path).string, &information) == 0 else { continue }
      guard information.st_mode & S_IFMT == S_IFLNK else { return nil }
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(tree.appending(path).string, &buffer, buffer.count)
      return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
    return nil
  }

  private func makeFolder(_ path: String) throws(Diagnostic) {
    let place = upper.appending(path)
    var information = stat()
    if lstat(place.string, &information) == 0 {
      guard information.st_mode & S_IFMT == S_IFDIR else {
        throw Diagnostic(.failed, "/\(path) of the image is no folder")
      }
      return
    }
    guard mkdir(place.string, 0o755) == 0 else { throw .system(.current, "create the folder", place) }
    for tree in lowers.reversed() {
      guard lstat(tree.appending(path).string, &information) == 0 else { continue }
      guard information.st_mode & S_IFMT == S_IFDIR else {
        throw Diagnostic(.failed, "/\(path) of the image is no folder")
      }
      let times = [information.st_atim, information.st_mtim]
      guard lchown(place.string, information.st_uid, information.st_gid) == 0,
        chmod(place.string, information.st_mode & 0o7777) == 0,
        utimensat(AT_FDCWD, place.string, times, 0) == 0
      else { throw .system(.current, "create the folder", place) }
      return
    }
    guard chmod(place.string, 0o755) == 0 else { throw .system(.current, "change the mode of", place) }
  }

  /// Writes a file of the program's own.
  static func write(_ bytes: [UInt8], to place: FilePath, mode: mode_t) throws(Diagnostic) {
    let output = open(place.string, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw .system(.current, "create", place) }
    defer { close(output) }
    var failure: Diagnostic?
    bytes.withUnsafeBytes { block in
      do throws(Diagnostic) { try FileOutput.write(block, to: output, place) } catch { failure = error }
    }
    if let failure { throw failure }
    guard fchmod(output, mode) == 0 else { throw .system(.current, "change the mode of", place) }
  }
}
