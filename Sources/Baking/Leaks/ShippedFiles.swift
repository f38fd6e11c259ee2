import DebianPackages
import Essentials
import Storage

/// Tells which files of a tree are byte for byte what a pinned package shipped.
struct ShippedFiles {
  let tree: ImageTree
  let packages: InstalledPackages
  /// The locked packages by name.
  let artifacts: [String: Digest]
  let store: Store

  /// Whether the file is, or, of compiled Python, the source that it was made from.
  func contains(_ path: String) throws(Diagnostic) -> Bool {
    let cache = "/__pycache__/"
    guard path.hasSuffix(".pyc"), let cut = path.firstRange(of: cache) else { return try isShipped(path) }
    let module = path[cut.upperBound...].prefix { $0 != "." }
    return try isShipped("\(path[..<cut.lowerBound])/\(module).py")
  }

  private func isShipped(_ path: String) throws(Diagnostic) -> Bool {
    guard let package = packages.owner(of: path), let digest = artifacts[package], let node = tree.find(path)
    else {
      return false
    }
    let content = tree.content(of: node, limit: Int(tree.entry(node).size))
    let archive = try DebFile(try store.open(digest), name: package).openData()
    while let entry = try archive.next() {
      guard entry.kind == .file, entry.size == content.count, Self.isSame(entry.path, path) else { continue }
      return try archive.readAll(limit: content.count) == content
    }
    return false
  }

  private static func isSame(_ entry: String, _ path: String) -> Bool {
    let entry = entry.hasPrefix("./") ? String(entry.dropFirst()) : entry.hasPrefix("/") ? entry : "/" + entry
    return entry == path || "/usr" + entry == path
  }
}
