import Essentials

/// Where each inode, and each folder's blocks, come to lie in an index.
struct IndexLayout {
  /// An inode to be.
  struct Inode {
    let layer: Int
    let entry: Int
    /// The first node that shows it; a folder's only one.
    let node: Int
    var links: UInt32
    var isExtended = true
    var layout = ErofsFormat.Layout.plain
    /// In bytes, header included; 0 where there are none.
    var attributeSize = 0
    /// The length of what EROFS calls the inode's data, in bytes.
    var size: UInt64 = 0
    /// In bytes from the image's start.
    var offset = 0
    /// The first of the index's own blocks that hold a folder's names or a long link's target, and how many.
    var block = 0
    var blockCount = 0

    var coreSize: Int { isExtended ? ErofsFormat.extendedSize : ErofsFormat.compactSize }
  }

  let blockSize: Int
  /// The time that compact inodes show: the one that most entries carry.
  private(set) var time: Int64 = 0
  private(set) var inodes: [Inode] = []
  /// For each node of the tree, its inode.
  private(set) var inodeOfNode: [Int] = []
  /// The image's size, in blocks.
  private(set) var blockCount = 0

  /// - Parameters:
  ///   - blockSize: 4,096 or 512.
  ///   - start: the first free byte, behind superblock and device slots.
  init(_ tree: MergedTree, blockSize: Int, start: Int) throws(Diagnostic) {
    self.blockSize = blockSize
    collect(tree)
    time = Self.commonestTime(tree, inodes)
    var space = MetadataSpace(blockSize: blockSize, start: start)
    for index in inodes.indices {
      try Self.shape(&inodes[index], tree, time: time, blockSize: blockSize)
      let tail =
        inodes[index].layout == .inline ? Int(inodes[index].size) - inodes[index].blockCount * blockSize : 0
      inodes[index].offset = space.allocate(inodes[index].coreSize + inodes[index].attributeSize + tail)
    }
    var block = (space.end + blockSize - 1) / blockSize
    for index in inodes.indices where inodes[index].blockCount > 0 {
      inodes[index].block = block
      block += inodes[index].blockCount
    }
    guard block < Int(UInt32.max) else { throw Diagnostic(.failed, "an index cannot hold so many files") }
    blockCount = block
  }

  /// The number by which EROFS knows an inode.
  func number(of inode: Int) -> UInt64 { UInt64(inodes[inode].offset / ErofsFormat.slotSize) }

  private mutating func collect(_ tree: MergedTree) {
    let linked = tree.tables.map { table in
      Set(table.entries.lazy.filter { $0.kind == .hardLink }.map(\.link))
    }
    inodeOfNode = Array(repeating: 0, count: tree.nodes.count)
    inodes.reserveCapacity(tree.nodes.count)
    // A hard link is one inode with every name of its layer's group that is still seen.
    var groups: [Int: Int] = [:]
    for (index, node) in tree.nodes.enumerated() {
      let table = tree.tables[node.layer]
      let holder = table.resolved(node.entry)
      if !linked[node.layer].isEmpty, linked[node.layer].contains(holder) {
        let key = holder * tree.tables.count + node.layer
        if let known = groups[key] {
          inodes[known].links += 1
          inodeOfNode[index] = known
          continue
        }
        groups[key] = inodes.count
      }
      let isFolder = table.entries[holder].kind == .folder
      inodeOfNode[index] = inodes.count
      inodes.append(Inode(layer: node.layer, entry: holder, node: index, links: isFolder ? 2 : 1))
      if isFolder, index > 0 { inodes[inodeOfNode[node.parent]].links += 1 }
    }
  }

  private static func commonestTime(_ tree: MergedTree, _ inodes: [Inode]) -> Int64 {
    var counts: [Int64: Int] = [:]
    for inode in inodes { counts[tree.tables[inode.layer].entries[inode.entry].modified, default: 0] += 1 }
    // The earlier of two that are as common; the superblock's field has no sign.
    return counts.filter { $0.key >= 0 }.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
  }

  /// Decides an inode's form and the size of its parts.
  private static func shape(
    _ inode: inout Inode, _ tree: MergedTree, time: Int64, blockSize: Int
  ) throws(Diagnostic) {
    let table = tree.tables[inode.layer]
    let entry = table.entries[inode.entry]
    if !entry.attributes.isEmpty {
      inode.attributeSize = AttributeImage.size(table.attributes(of: inode.entry))
      guard inode.attributeSize <= 4 * 65_000 else {
        throw Diagnostic(
          .failed, "\(table.pathText(of: inode.entry)) has more extended attributes than EROFS holds")
      }
    }
    switch entry.kind {
    case .file: inode.size = UInt64(entry.size)
    case .symbolicLink: inode.size = UInt64(entry.target.count)
    case .folder:
      let (blocks, tail) = FolderImage.extent(of: inode.node, tree, blockSize)
      inode.size = UInt64((blocks - 1) * blockSize + tail)
    default: break
    }
    inode.isExtended =
      entry.modified != time || entry.owner > 0xffff || entry.group > 0xffff || inode.links > 0xffff
      || inode.size > UInt64(UInt32.max)
    guard entry.kind == .folder || entry.kind == .symbolicLink else { return }
    // The last block goes behind the inode where both fit one block, which they must not leave.
    let blocks = (Int(inode.size) + blockSize - 1) / blockSize
    let tail = Int(inode.size) - (blocks - 1) * blockSize
    let fits = inode.coreSize + inode.attributeSize + tail <= blockSize
    // The kernel reads a link from behind its inode only where that is all of it.
    inode.layout = fits && (entry.kind == .folder || blocks == 1) ? .inline : .plain
    inode.blockCount = inode.layout == .inline ? blocks - 1 : blocks
  }
}
