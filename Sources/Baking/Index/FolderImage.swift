/// A folder's names as EROFS keeps them: in each block first the entries, then their names, all ordered
/// bytewise, `.` and `..` among them.
enum FolderImage {
  /// How many blocks a folder's names take, and how much of the last one, in bytes.
  static func extent(of node: Int, _ tree: MergedTree, _ blockSize: Int) -> (blocks: Int, tail: Int) {
    var blocks = 1
    var used = 0
    forEachName(of: node, tree) { name, _ in
      let size = ErofsFormat.entrySize + name.count
      if used + size > blockSize {
        blocks += 1
        used = 0
      }
      used += size
    }
    return (blocks, used)
  }

  /// Writes the names of an inode's folder.
  static func write(
    _ inode: IndexLayout.Inode, _ tree: MergedTree, _ layout: IndexLayout, to image: inout ByteImage
  ) {
    var pending: [(name: ArraySlice<UInt8>, node: Int)] = []
    var used = 0
    var block = 0
    func flush() {
      // The last block may lie behind the inode.
      let isInline = block == inode.blockCount
      let start =
        isInline
        ? inode.offset + inode.coreSize + inode.attributeSize : (inode.block + block) * layout.blockSize
      var nameOffset = pending.count * ErofsFormat.entrySize
      for (position, (name, node)) in pending.enumerated() {
        let entry = start + position * ErofsFormat.entrySize
        image.put(layout.number(of: layout.inodeOfNode[node]), at: entry)
        image.put(UInt16(nameOffset), at: entry + 8)
        image.put(fileType(node, tree).rawValue, at: entry + 10)
        image.put(name, at: start + nameOffset)
        nameOffset += name.count
      }
      block += 1
      pending.removeAll(keepingCapacity: true)
      used = 0
    }
    forEachName(of: inode.node, tree) { name, node in
      let size = ErofsFormat.entrySize + name.count
      if used + size > layout.blockSize { flush() }
      pending.append((name, node))
      used += size
    }
    flush()
  }

  private static func forEachName(
    of node: Int, _ tree: MergedTree, _ body: (ArraySlice<UInt8>, Int) -> Void
  ) {
    let dot = [UInt8(ascii: ".")]
    var dots: [(name: ArraySlice<UInt8>, node: Int)] = [
      ((dot + dot)[...], tree.nodes[node].parent), (dot[...], node),
    ]
    for child in tree.nodes[node].children {
      let source = tree.nodes[child]
      let name = tree.tables[source.layer].name(of: source.entry)
      while let next = dots.last, LayerTable.precedes(next.name, name) {
        body(next.name, next.node)
        dots.removeLast()
      }
      body(name, child)
    }
    while let next = dots.popLast() { body(next.name, next.node) }
  }

  private static func fileType(_ node: Int, _ tree: MergedTree) -> ErofsFormat.FileType {
    let source = tree.nodes[node]
    let table = tree.tables[source.layer]
    switch table.entries[table.resolved(source.entry)].kind {
    case .folder: return .folder
    case .symbolicLink: return .symbolicLink
    case .characterDevice: return .characterDevice
    case .blockDevice: return .blockDevice
    case .fifo: return .fifo
    case .file, .hardLink, .whiteout: return .file
    }
  }
}
