import Essentials

/// Layers joined as overlayfs would join them, lowest first: what is seen of each.
struct MergedTree {
  /// A name in the joined tree.
  struct Node {
    /// Which layer's entry is seen here.
    let layer: Int
    let entry: Int
    /// The folder's node; 0, itself, for the root.
    let parent: Int
    /// A folder's names, which are one stretch of nodes, ordered bytewise.
    var children: Range<Int> = 0..<0
  }

  private(set) var nodes: [Node] = []
  let tables: [LayerTable]

  /// What of one layer is seen in a folder.
  private struct Part {
    let layer: Int
    let folder: Int
  }

  init(_ tables: [LayerTable]) throws(Diagnostic) {
    self.tables = tables
    let ends = tables.map { $0.subtreeEnds() }
    nodes.reserveCapacity(tables.reduce(0) { $0 + $1.entries.count })
    // The layers whose folder stands at the node, topmost first.
    var parts: [[Part]] = []
    let all = tables.indices.reversed().map { (layer: $0, entry: 0) }
    guard let root = node(Self.visible(all, tables), parent: 0, &parts) else {
      throw Diagnostic(.bug, "an index needs a layer")
    }
    nodes.append(root)
    // Breadth first, so that a folder's names are one stretch; no recursion, so no depth is too deep.
    var index = 0
    while index < nodes.count {
      let folder = parts[index]
      parts[index] = []
      let start = nodes.count
      if !folder.isEmpty {
        Self.join(folder, tables, ends) { candidates in
          if let child = node(Self.visible(candidates, tables), parent: index, &parts) { nodes.append(child) }
        }
      }
      nodes[index].children = start..<nodes.count
      index += 1
    }
  }

  /// The entries that count of those with one name: the topmost, and below a folder further folders that
  /// it doesn't hide. None where the name is gone.
  private static func visible(
    _ candidates: [(layer: Int, entry: Int)], _ tables: [LayerTable]
  ) -> [Part] {
    var parts: [Part] = []
    for (layer, index) in candidates {
      let entry = tables[layer].entries[index]
      if entry.kind != .folder {
        if parts.isEmpty, entry.kind != .whiteout { parts.append(Part(layer: layer, folder: index)) }
        break
      }
      parts.append(Part(layer: layer, folder: index))
      if entry.isOpaque { break }
    }
    return parts
  }

  private func node(_ visible: [Part], parent: Int, _ parts: inout [[Part]]) -> Node? {
    guard let top = visible.first else { return nil }
    let isFolder = tables[top.layer].entries[top.folder].kind == .folder
    parts.append(isFolder ? visible : [])
    // A folder that a layer only implies says nothing of itself.
    let source = visible.first { !tables[$0.layer].entries[$0.folder].isImplied } ?? top
    return Node(layer: source.layer, entry: source.folder, parent: parent)
  }

  /// Calls `body` with the entries of each name, names in bytewise order, topmost layer first.
  private static func join(
    _ folder: [Part], _ tables: [LayerTable], _ ends: [[Int]], _ body: ([(layer: Int, entry: Int)]) -> Void
  ) {
    var next = folder.map { $0.folder + 1 }
    var candidates: [(layer: Int, entry: Int)] = []
    while true {
      candidates.removeAll(keepingCapacity: true)
      var least: ArraySlice<UInt8> = []
      for (position, part) in folder.enumerated() where next[position] < ends[part.layer][part.folder] {
        let name = tables[part.layer].name(of: next[position])
        if candidates.isEmpty || LayerTable.precedes(name, least) {
          candidates.removeAll(keepingCapacity: true)
          least = name
        } else if name != least {
          continue
        }
        candidates.append((part.layer, next[position]))
      }
      if candidates.isEmpty { return }
      for position in folder.indices where candidates.contains(where: { $0.layer == folder[position].layer })
      {
        next[position] = ends[folder[position].layer][next[position]]
      }
      body(candidates)
    }
  }
}
