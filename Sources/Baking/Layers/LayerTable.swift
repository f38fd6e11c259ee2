import Essentials

/// What a layer holds, and where in its tar each file's content lies: all that an index is built from.
///
/// Entry 0 is the root. A folder's entries follow it, each with its own below it, ordered bytewise by name;
/// so a subtree is one stretch, and a parent stands before its children.
package struct LayerTable: Sendable {
  /// The most bytes of names, targets and attributes that a table holds.
  static let arenaLimit = 1 << 30
  /// The most entries.
  static let entryLimit = 1 << 26

  package internal(set) var entries: [LayerEntry] = []
  var arena: [UInt8] = []
  /// The length of the layer's tar, in bytes; a multiple of 4,096 for a layer of this program's.
  package internal(set) var layerSize: Int64 = 0

  /// The name of an entry in its folder; empty for the root.
  package func name(of index: Int) -> ArraySlice<UInt8> { arena[entries[index].name.range] }

  /// Where a symbolic link points.
  package func target(of index: Int) -> ArraySlice<UInt8> { arena[entries[index].target.range] }

  /// The whole path from the root, without a slash in front; empty for the root.
  package func path(of index: Int) -> [UInt8] {
    var ancestors: [Int] = []
    var current = index
    while current != 0 {
      ancestors.append(current)
      current = entries[current].parent
    }
    var path: [UInt8] = []
    for ancestor in ancestors.reversed() {
      if !path.isEmpty { path.append(UInt8(ascii: "/")) }
      path.append(contentsOf: name(of: ancestor))
    }
    return path
  }

  /// The path for a message; bytes that aren't UTF-8 are replaced.
  package func pathText(of index: Int) -> String { "/" + String(decoding: path(of: index), as: UTF8.self) }

  /// The extended attributes, ordered bytewise by name.
  package func attributes(of index: Int) -> [ExtendedAttribute] {
    ExtendedAttribute.decode(arena[entries[index].attributes.range])
  }

  /// The entry that holds an entry's content and metadata: itself, or what it is a hard link to.
  package func resolved(_ index: Int) -> Int {
    entries[index].kind == .hardLink ? entries[index].link : index
  }

  /// For each entry, the index behind the last entry below it.
  func subtreeEnds() -> [Int] {
    var ends = Array(1...max(1, entries.count))
    for index in stride(from: entries.count - 1, to: 0, by: -1) {
      let parent = entries[index].parent
      if ends[parent] < ends[index] { ends[parent] = ends[index] }
    }
    return ends
  }

  /// The entry at `path`, components separated by slashes, or nil.
  package func find(_ path: some Sequence<UInt8>) -> Int? {
    guard !entries.isEmpty else { return nil }
    let components = Array(path).split(separator: UInt8(ascii: "/"))
    let ends = subtreeEnds()
    var folder = 0
    for component in components {
      var child = folder + 1
      while child < ends[folder], !name(of: child).elementsEqual(component) { child = ends[child] }
      guard child < ends[folder] else { return nil }
      folder = child
    }
    return folder
  }

  mutating func store(_ bytes: some Collection<UInt8>) throws(Diagnostic) -> ArenaRange {
    guard arena.count + bytes.count <= Self.arenaLimit else {
      throw Diagnostic(.failed, "a layer holds more than \(ByteCount(Self.arenaLimit)) of names")
    }
    let start = arena.count
    arena.append(contentsOf: bytes)
    return ArenaRange(start: start, count: bytes.count)
  }
}
