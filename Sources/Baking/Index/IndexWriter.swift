package import Essentials

/// Writes the EROFS metadata that join layers into one read-only root tree: the index.
///
/// Its inodes point into the layers' tars, whose contents begin on block boundaries. Names, metadata, links'
/// targets and extended attributes are the index's own.
///
/// What a mapped file shows behind its end: the file systems that Linux writes to keep zeros there. The
/// kernel reads EROFS's FLAT_PLAIN files through iomap by whole blocks and zeroes only blocks that lie wholly
/// behind the end (`iomap_adjust_read_range`, `iomap_block_needs_zeroing`; so in 5.16 as in 6.1 and 6.18).
/// With blocks as large as pages, whoever maps a file sees behind its end, up to the page's, what follows in
/// the tar: zeros up to the next multiple of 512 bytes, then the next entry's header and maybe content.
/// `read` never returns it, and the loaders of programs clear what they take for `.bss`. A program that
/// counts on a zero behind a mapped file's last byte (LLVM's MemoryBuffer does) finds it, unless the length
/// is a multiple of 512. From kernel 6.4 on, which takes blocks smaller than pages, `blockSize` 512 is exact:
/// the blocks behind the last one are zeroed, and the last one ends in the tar's own zeros.
package enum IndexWriter {
  /// The version of the form: it grows whenever the same layers give other bytes.
  package static let version = 1

  /// A layer, as an index takes it: its contents, its digest, and its size in bytes.
  package typealias Layer = (table: LayerTable, digest: Digest, size: Int64)

  /// How the layers' bytes are reached.
  package enum Form: Sendable {
    /// Each layer is a disk of its own, given to `mount` in order as `device=`. Needs kernel 5.16.
    case devices
    /// The layers follow the index on one disk.
    case singleDisk
  }

  /// What was written.
  package struct Summary: Sendable, Equatable {
    /// The index's length in bytes.
    package var size: Int64
    /// Where each layer begins, in bytes from the index's start: of one disk, or of the address space that
    /// the index sees.
    package var layerStarts: [Int64]
    /// How many inodes there are.
    package var inodeCount: Int
  }

  /// Writes the index of `layers`, the lowest first, to `sink`.
  /// - Parameters:
  ///   - form: how the layers' bytes are reached.
  ///   - blockSize: 4,096; or 512, which needs kernel 6.4.
  /// - Throws: the sink's errors; where a layer's contents aren't on block boundaries or there is too much.
  @discardableResult
  package static func write(
    _ layers: [Layer], to sink: some ByteSink, form: Form = .devices, blockSize: Int = 4096
  ) throws(Diagnostic) -> Summary {
    try write(layers, joinedAs: nil, to: sink, form: form, blockSize: blockSize)
  }

  /// - Parameter joined: the tree of the layers' tables, where it's at hand.
  @discardableResult
  static func write(
    _ layers: [Layer], joinedAs joined: MergedTree?, to sink: some ByteSink, form: Form = .devices,
    blockSize: Int = 4096
  ) throws(Diagnostic) -> Summary {
    guard blockSize == 4096 || blockSize == 512 else {
      throw Diagnostic(.bug, "an index has no blocks of \(blockSize) bytes")
    }
    guard layers.count < 1 << 12 else { throw Diagnostic(.failed, "an index joins at most 4,095 layers") }
    let slots = form == .devices ? layers.count : 0
    let start =
      ErofsFormat.superblockOffset + ErofsFormat.superblockSize + slots * ErofsFormat.deviceSlotSize
    let tree = if let joined { joined } else { try MergedTree(layers.map(\.table)) }
    let layout = try IndexLayout(tree, blockSize: blockSize, start: start)

    var starts: [Int] = []
    var next = layout.blockCount
    for (number, layer) in layers.enumerated() {
      starts.append(next)
      guard layer.size == layer.table.layerSize, layer.size % Int64(blockSize) == 0 else {
        throw Diagnostic(.verificationFailed, "layer \(number + 1) is not of the size that its table says")
      }
      next += Int(layer.size / Int64(blockSize))
      guard next < Int(UInt32.max) else {
        throw Diagnostic(.failed, "the layers are larger than EROFS can address")
      }
    }
    var image = ByteImage(count: layout.blockCount * blockSize)
    for inode in layout.inodes { try write(inode, tree, layout, starts, to: &image) }
    if form == .devices { writeSlots(layers, starts, blockSize, to: &image) }
    let blocks = form == .devices ? layout.blockCount : next
    writeSuperblock(layers, layout, form, blocks: blocks, to: &image)
    try sink.write(image.bytes)
    return Summary(
      size: Int64(image.bytes.count), layerStarts: starts.map { Int64($0) * Int64(blockSize) },
      inodeCount: layout.inodes.count)
  }

  private static func writeSlots(
    _ layers: [Layer], _ starts: [Int], _ blockSize: Int, to image: inout ByteImage
  ) {
    var slot = ErofsFormat.superblockOffset + ErofsFormat.superblockSize
    for (layer, start) in zip(layers, starts) {
      // The tag has 64 bytes, as many as a SHA-256 has digits.
      image.put(Array(layer.digest.hexadecimal.utf8)[...], at: slot)
      image.put(UInt32(layer.size / Int64(blockSize)), at: slot + 64)
      image.put(UInt32(start), at: slot + 68)
      slot += ErofsFormat.deviceSlotSize
    }
  }

  private static func writeSuperblock(
    _ layers: [Layer], _ layout: IndexLayout, _ form: Form, blocks: Int, to image: inout ByteImage
  ) {
    let base = ErofsFormat.superblockOffset
    image.put(ErofsFormat.magic, at: base)
    image.put(ErofsFormat.compatibleChecksum | ErofsFormat.compatibleModificationTime, at: base + 8)
    image.put(UInt8(layout.blockSize.trailingZeroBitCount), at: base + 12)
    // Fits: the root is the first inode of all.
    image.put(UInt16(truncatingIfNeeded: layout.number(of: 0)), at: base + 14)
    image.put(UInt64(layout.inodes.count), at: base + 16)
    image.put(layout.time, at: base + 24)
    image.put(UInt32(truncatingIfNeeded: blocks), at: base + 36)
    image.put(identifier(layers, layout, form)[...], at: base + 48)
    image.put(Array("hardtack".utf8)[...], at: base + 64)
    if form == .devices {
      image.put(ErofsFormat.incompatibleDeviceTable, at: base + 80)
      image.put(UInt16(layers.count), at: base + 86)
      image.put(
        UInt16((base + ErofsFormat.superblockSize) / ErofsFormat.deviceSlotSize), at: base + 88)
    }
    // The kernel sums from the superblock to the end of its block, or a block's length where the superblock
    // begins one; the sum's own field is zero.
    let length = layout.blockSize > base ? layout.blockSize - base : layout.blockSize
    image.put(CRC32C.checksum(image.bytes[base..<base + length]), at: base + 4)
  }

  /// A UUID of the file system, of version 8 (RFC 9562), that follows from what it joins.
  private static func identifier(_ layers: [Layer], _ layout: IndexLayout, _ form: Form) -> [UInt8] {
    let parts =
      ["hardtack index \(version) \(form) \(layout.blockSize)"] + layers.map { $0.digest.description }
    var bytes = Array(Digest(of: parts.joined(separator: "\n")).bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0f | 0x80
    bytes[8] = bytes[8] & 0x3f | 0x80
    return bytes
  }
}
