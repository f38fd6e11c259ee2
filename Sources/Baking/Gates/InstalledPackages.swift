import DebianPackages
import Essentials

/// What dpkg's database in a tree says of who shipped a file.
final class InstalledPackages {
  private let tree: ImageTree
  private var lists: [(package: String, text: [UInt8])]?
  private var paragraphs: [String: ControlParagraph]?

  init(_ tree: ImageTree) { self.tree = tree }

  /// The package that ships the path, as dpkg's lists have it.
  func owner(of path: String) -> String? {
    var names = [path]
    for folder in ["/bin/", "/sbin/", "/lib/", "/lib64/"] where path.hasPrefix("/usr" + folder) {
      names.append(String(path.dropFirst(4)))
    }
    let lines = names.map { Array("\n\($0)\n".utf8) }
    return allLists().first { list in lines.contains { list.text.contains($0) } }?.package
  }

  /// The packages that `package` recommends or suggests and that aren't installed.
  func optional(of package: String) -> [String] {
    let known = allParagraphs()
    guard let paragraph = known[package] else { return [] }
    let groups = ["Recommends", "Suggests"].flatMap { (try? paragraph.relations($0)) ?? [] }
    return groups.flatMap(\.alternatives).map(\.name.description).filter { known[$0] == nil }
  }

  private func allLists() -> [(package: String, text: [UInt8])] {
    if let lists { return lists }
    let suffix = ".list"
    var found: [(String, [UInt8])] = []
    for node in tree.find("/var/lib/dpkg/info").map({ tree.children(of: $0) }) ?? 0..<0 {
      let name = String(decoding: tree.name(of: node), as: UTF8.self)
      guard name.hasSuffix(suffix) else { continue }
      // NAME:ARCHITECTURE where packages of several architectures may be installed side by side.
      let package = name.dropLast(suffix.count).prefix { $0 != ":" }
      found.append((String(package), [UInt8(ascii: "\n")] + tree.content(of: node)))
    }
    lists = found
    return found
  }

  private func allParagraphs() -> [String: ControlParagraph] {
    if let paragraphs { return paragraphs }
    let bytes = tree.find("/var/lib/dpkg/status").map { tree.content(of: $0, limit: 256 << 20) } ?? []
    let list = (try? ControlParagraph.list(parsing: bytes, name: "/var/lib/dpkg/status")) ?? []
    let known = Dictionary(list.map { ($0["Package"] ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    paragraphs = known
    return known
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: [UInt8]) -> Bool { ByteSearch.first(part, in: self) != nil }
}
