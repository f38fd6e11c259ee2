import Essentials
import Storage

/// An image's root tree as its layers join: looked up by paths and read by contents, without a mount or a process.
struct ImageTree {
  let merged: MergedTree
  /// The layers' names, lowest first.
  let layers: [String]
  private let files: [MappedFile]

  init(_ merged: MergedTree, layers: [String], files: [MappedFile]) {
    self.merged = merged
    self.layers = layers
    self.files = files
  }

  /// Where a path leads.
  enum Place: Equatable {
    case node(Int)
    /// To what isn't there: the path that it comes to.
    case missing([UInt8])
    /// To more links than the kernel follows.
    case loop
  }

  /// The node that `path` leads to, links followed, the last one too.
  /// - Parameter start: the folder that a relative path begins in.
  func find(_ path: some Collection<UInt8>, from start: Int = 0) -> Place {
    var pending = Self.components(path)
    var node = path.first == UInt8(ascii: "/") ? 0 : start
    var followed = 0
    while let name = pending.popLast() {
      if name.elementsEqual(".".utf8) { continue }
      if name.elementsEqual("..".utf8) {
        node = merged.nodes[node].parent
        continue
      }
      guard let child = child(name, of: node) else {
        let rest = [Array(name)] + pending.reversed().map { Array($0) }
        return .missing(self.path(of: node) + rest.flatMap { [UInt8(ascii: "/")] + $0 })
      }
      guard entry(child).kind == .symbolicLink else {
        node = child
        continue
      }
      followed += 1
      guard followed <= 40, pending.count < 4096 else { return .loop }
      let target = target(of: child)
      if target.first == UInt8(ascii: "/") { node = 0 }
      // A link stands in the folder that it was found in, which `node` still is.
      pending.append(contentsOf: Self.components(target))
    }
    return .node(node)
  }

  func find(_ path: String) -> Int? {
    if case .node(let node) = find(path.utf8) { node } else { nil }
  }

  /// What stands at `path` itself: the links above it are followed, not itself.
  func standing(at path: String) -> Int? {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
      let folder = find(String(path[..<slash]) + "/.")
    else { return nil }
    return child(Array(path[path.utf8.index(after: slash)...].utf8)[...], of: folder)
  }

  /// The name's node in a folder.
  func child(_ name: ArraySlice<UInt8>, of folder: Int) -> Int? {
    var range = merged.nodes[folder].children
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let other = self.name(of: middle)
      if other == name { return middle }
      range =
        LayerTable.precedes(other, name) ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }

  // Last first, so that the next one is taken from the end.
  private static func components(_ path: some Collection<UInt8>) -> [ArraySlice<UInt8>] {
    Array(path).split(separator: UInt8(ascii: "/")).reversed()
  }

  /// The entry that holds a node's content and metadata.
  func entry(_ node: Int) -> LayerEntry {
    let node = merged.nodes[node]
    let table = merged.tables[node.layer]
    return table.entries[table.resolved(node.entry)]
  }

  func name(of node: Int) -> ArraySlice<UInt8> {
    let node = merged.nodes[node]
    return merged.tables[node.layer].name(of: node.entry)
  }

  /// Where a symbolic link points.
  func target(of node: Int) -> ArraySlice<UInt8> {
    let node = merged.nodes[node]
    let table = merged.tables[node.layer]
    return table.target(of: table.resolved(node.entry))
  }

  /// Absolute; empty for the root.
  func path(of node: Int) -> [UInt8] {
    let node = merged.nodes[node]
    let path = merged.tables[node.layer].path(of: node.entry)
    return path.isEmpty ? [] : [UInt8(ascii: "/")] + path
  }

  func pathText(of node: Int) -> String { String(decoding: path(of: node), as: UTF8.self).printable }

  func layerName(of node: Int) -> String { layers[merged.nodes[node].layer] }

  func children(of node: Int) -> Range<Int> { merged.nodes[node].children }

  /// The bytes of a file; none where it is no file or larger than `limit`.
  func content(of node: Int, limit: Int = 16 << 20) -> [UInt8] {
    let entry = entry(node)
    guard entry.kind == .file, entry.size <= limit else { return [] }
    return files[merged.nodes[node].layer].withBytes { bytes in
      let start = Int(entry.offset)
      guard start >= 0, Int(entry.size) <= bytes.count - start else { return [] }
      return Array(bytes[start..<start + Int(entry.size)])
    }
  }

  func text(of node: Int) -> String { String(decoding: content(of: node), as: UTF8.self) }
}
