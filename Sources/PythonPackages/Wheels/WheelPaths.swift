import Essentials

/// Admits the entries of a wheel: ordinary files and folders whose names stay where they're unpacked.
struct WheelPaths {
  private let wheel: String
  private var files: Set<String> = []
  private var folders: Set<String> = []

  init(wheel: String) { self.wheel = wheel }

  private func refusal(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(.verificationFailed, "\(wheel) holds '\(path.prefix(200))', which \(reason)")
  }

  /// Whether `entry` is a file to unpack.
  /// - Throws: where it's neither file nor folder, its name is unsafe, or it came before.
  mutating func admit(_ entry: ArchiveEntry) throws(Diagnostic) -> Bool {
    switch entry.kind {
    case .file:
      let path = entry.path
      try check(path, path[...])
      guard files.insert(path).inserted else { throw refusal(path, "stands in it twice") }
      var slice = path[...]
      while let slash = slice.lastIndex(of: "/") {
        slice = slice[..<slash]
        guard folders.insert(String(slice)).inserted else { break }
      }
      return true
    case .folder:
      let path = entry.path.hasSuffix("/") ? entry.path.dropLast() : entry.path[...]
      try check(entry.path, path)
      folders.insert(String(path))
      return false
    case .symbolicLink, .hardLink: throw refusal(entry.path, "is a link")
    case .characterDevice, .blockDevice, .fifo, .socket: throw refusal(entry.path, "is no ordinary file")
    }
  }

  /// Checks what only shows in the end: that no file is a folder as well.
  func finish() throws(Diagnostic) {
    if let path = files.intersection(folders).min() { throw refusal(path, "is both a file and a folder") }
  }

  private func check(_ whole: String, _ path: Substring) throws(Diagnostic) {
    guard !path.isEmpty, path.utf8.count <= 4000 else {
      throw refusal(whole, "has an empty or overlong name")
    }
    guard !path.hasPrefix("/") else { throw refusal(whole, "has an absolute name") }
    // A backslash separates folders elsewhere; no wheel for Linux needs one.
    guard !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0x5C }) else {
      throw refusal(whole, "has a control character or a backslash in its name")
    }
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      guard part != "..", part != ".", !part.isEmpty else {
        throw refusal(whole, "could lead out of its folder")
      }
      guard part.utf8.count <= 255 else { throw refusal(whole, "has an overlong name") }
    }
  }
}
