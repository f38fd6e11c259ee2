import Essentials
import Glibc

/// Finds shared libraries in a tree as the dynamic loader would.
///
/// Source: ld.so(8) and ldconfig(8).
struct LibrarySearch {
  private let tree: ImageTree
  /// The names of what lies in the folders that are searched for every program.
  private var common: Set<String> = []
  private let folders: Set<[UInt8]>
  /// For `$LIB`, as Debian has it.
  private let multiarch: String
  /// By soname or file name, the folders of all libraries of the tree.
  private var libraries: [String: [[UInt8]]] = [:]
  private var searched: [String: Int?] = [:]

  /// - Parameter triplet: as in `x86_64-linux-gnu`.
  init(_ tree: ImageTree, triplet: String, libraries: [(path: [UInt8], soname: String)]) {
    self.tree = tree
    multiarch = "lib/" + triplet
    let standard = ["/lib/\(triplet)", "/usr/lib/\(triplet)", "/lib", "/usr/lib", "/lib64", "/usr/lib64"]
    var known: Set<[UInt8]> = []
    for folder in Self.configured(in: tree) + standard {
      guard let node = tree.find(folder) else { continue }
      known.insert(tree.path(of: node))
      for child in tree.children(of: node) {
        let path = [UInt8](tree.name(of: child))
        guard case .node(let file) = tree.find(path, from: node), tree.entry(file).kind == .file else {
          continue
        }
        common.insert(String(decoding: path, as: UTF8.self))
      }
    }
    folders = known
    for library in libraries {
      let (folder, name) = Self.split(library.path)
      self.libraries[String(decoding: name, as: UTF8.self), default: []].append(folder)
      if !library.soname.isEmpty { self.libraries[library.soname, default: []].append(folder) }
    }
  }

  /// The folders that `/etc/ld.so.conf` and what it includes name.
  private static func configured(in tree: ImageTree) -> [String] {
    var folders: [String] = []
    var pending = ["/etc/ld.so.conf"]
    var read: Set<Int> = []
    while let path = pending.popLast() {
      guard let node = tree.find(path), read.insert(node).inserted, read.count < 1000 else { continue }
      for line in tree.text(of: node).split(whereSeparator: \.isNewline) {
        let words = line.prefix { $0 != "#" }.split(whereSeparator: { " \t:,=".contains($0) }).map(
          String.init)
        guard words.first == "include" else {
          folders += words
          continue
        }
        for pattern in words.dropFirst() { pending += files(pattern, in: tree) }
      }
    }
    return folders
  }

  private static func files(_ pattern: String, in tree: ImageTree) -> [String] {
    let (folder, name) = split(Array((pattern.hasPrefix("/") ? pattern : "/etc/" + pattern).utf8))
    let place = String(decoding: folder, as: UTF8.self)
    guard let node = tree.find(place) else { return [] }
    return tree.children(of: node).map { String(decoding: tree.name(of: $0), as: UTF8.self) }
      .filter { fnmatch(String(decoding: name, as: UTF8.self), $0, 0) == 0 }.map { place + "/" + $0 }
  }

  private static func split(_ path: [UInt8]) -> (folder: [UInt8], name: ArraySlice<UInt8>) {
    let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
    return (Array(path[..<slash]), path[(slash + 1)...])
  }

  /// What `elf` at `path` needs and the loader would not find.
  mutating func missing(_ elf: ElfFile, at path: [UInt8]) -> [String] {
    let folder = Self.split(path).folder
    return elf.needed.filter { name in
      if name.contains("/") { return !isFile(name) }
      if common.contains(name) { return false }
      // RUNPATH makes the loader forget RPATH.
      let paths = elf.runpath.isEmpty ? elf.rpath : elf.runpath
      for place in paths.split(separator: ":") where isFile(expanded(place, folder) + "/" + name) {
        return false
      }
      return !isLoadedBefore(name, folder)
    }
  }

  private func expanded(_ place: Substring, _ folder: [UInt8]) -> String {
    guard place.utf8.contains(UInt8(ascii: "$")) else { return String(place) }
    let origin = String(decoding: folder, as: UTF8.self)
    return String(place).replacing("${ORIGIN}", with: origin).replacing("$ORIGIN", with: origin)
      .replacing("${LIB}", with: multiarch).replacing("$LIB", with: multiarch)
  }

  private mutating func isFile(_ path: String) -> Bool {
    if let known = searched[path] { return known != nil }
    let node = tree.find(path).flatMap { tree.entry($0).kind == .file ? $0 : nil }
    searched[path] = .some(node)
    return node != nil
  }

  /// Whether a library of that name lies in the folder or one below, or the other way round: then whatever loads the
  /// file, a plugin or a part of a larger program, has loaded it before, or hands its own RPATH down. Not so in the
  /// folders for all, where each file is loaded by itself.
  private func isLoadedBefore(_ name: String, _ folder: [UInt8]) -> Bool {
    guard !folders.contains(folder), let places = libraries[name] else { return false }
    return places.contains { place in
      !folders.contains(place) && (Self.lies(place, in: folder) || Self.lies(folder, in: place))
    }
  }

  private static func lies(_ path: [UInt8], in folder: [UInt8]) -> Bool {
    path.starts(with: folder) && (path.count == folder.count || path[folder.count] == UInt8(ascii: "/"))
  }
}
