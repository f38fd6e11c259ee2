import Essentials
import Glibc

extension IndexWriter {
  /// Writes an inode with all that stands behind it, and a folder's blocks.
  static func write(
    _ inode: IndexLayout.Inode, _ tree: MergedTree, _ layout: IndexLayout, _ starts: [Int],
    to image: inout ByteImage
  ) throws(Diagnostic) {
    let table = tree.tables[inode.layer]
    let entry = table.entries[inode.entry]
    let at = inode.offset
    image.put(UInt16(inode.isExtended ? 1 : 0) | inode.layout.rawValue << 1, at: at)
    if inode.attributeSize > 0 {
      image.put(UInt16((inode.attributeSize - ErofsFormat.attributeHeaderSize) / 4 + 1), at: at + 2)
      AttributeImage.write(table.attributes(of: inode.entry), at: at + inode.coreSize, to: &image)
    }
    image.put(UInt16(truncatingIfNeeded: kind(entry.kind)) | entry.permissions, at: at + 4)
    image.put(try place(inode, table, layout.blockSize, starts), at: at + 16)
    image.put(UInt32(truncatingIfNeeded: at / ErofsFormat.slotSize), at: at + 20)
    if inode.isExtended {
      image.put(inode.size, at: at + 8)
      image.put(entry.owner, at: at + 24)
      image.put(entry.group, at: at + 28)
      image.put(entry.modified, at: at + 32)
      image.put(inode.links, at: at + 44)
    } else {
      image.put(UInt16(inode.links), at: at + 6)
      image.put(UInt32(inode.size), at: at + 8)
      image.put(UInt16(entry.owner), at: at + 24)
      image.put(UInt16(entry.group), at: at + 26)
    }
    switch entry.kind {
    case .folder: FolderImage.write(inode, tree, layout, to: &image)
    case .symbolicLink:
      let behind = at + inode.coreSize + inode.attributeSize
      image.put(
        table.target(of: inode.entry), at: inode.layout == .inline ? behind : inode.block * layout.blockSize)
    default: break
    }
  }

  /// The inode's one field for where its data lie or what device it is.
  private static func place(
    _ inode: IndexLayout.Inode, _ table: LayerTable, _ blockSize: Int, _ starts: [Int]
  ) throws(Diagnostic) -> UInt32 {
    let entry = table.entries[inode.entry]
    switch entry.kind {
    case .file where entry.size > 0:
      guard entry.offset % Int64(blockSize) == 0 else {
        throw Diagnostic(
          .failed,
          "\(table.pathText(of: inode.entry)) of layer \(inode.layer + 1) isn't on a boundary of \(blockSize) bytes"
        )
        .hint("pack the layer again with this program")
      }
      return UInt32(starts[inode.layer] + Int(entry.offset / Int64(blockSize)))
    case .folder, .symbolicLink: return inode.blockCount > 0 ? UInt32(inode.block) : 0
    case .characterDevice, .blockDevice: return ErofsFormat.device(entry.major, entry.minor)
    case .file, .hardLink, .fifo, .whiteout: return 0
    }
  }

  private static func kind(_ kind: LayerEntry.Kind) -> mode_t {
    switch kind {
    case .file, .hardLink, .whiteout: S_IFREG
    case .folder: S_IFDIR
    case .symbolicLink: S_IFLNK
    case .characterDevice: S_IFCHR
    case .blockDevice: S_IFBLK
    case .fifo: S_IFIFO
    }
  }
}
