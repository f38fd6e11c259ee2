/// The numbers of EROFS on disk.
/// Source: the kernel's fs/erofs/erofs_fs.h and Documentation/filesystems/erofs.rst.
enum ErofsFormat {
  static let magic: UInt32 = 0xE0F5_E1E2
  static let superblockOffset = 1024
  static let superblockSize = 128
  static let deviceSlotSize = 128
  /// Inodes are counted in slots of this many bytes.
  static let slotSize = 32
  static let compactSize = 32
  static let extendedSize = 64
  static let entrySize = 12
  static let attributeHeaderSize = 12

  static let compatibleChecksum: UInt32 = 0x1
  static let compatibleModificationTime: UInt32 = 0x2
  static let incompatibleDeviceTable: UInt32 = 0x8

  /// How an inode's data lie.
  enum Layout: UInt16 {
    /// All in blocks.
    case plain = 0
    /// The last, partial block behind the inode.
    case inline = 2
  }

  /// What a folder says of its names.
  enum FileType: UInt8 {
    case file = 1
    case folder, characterDevice, blockDevice, fifo, socket, symbolicLink
  }

  /// How the kernel packs a device's numbers (`new_encode_dev`).
  static func device(_ major: UInt32, _ minor: UInt32) -> UInt32 {
    (minor & 0xff) | major << 8 | (minor & ~0xff) << 12
  }

  /// The attribute namespaces' numbers, with what is cut off the name; the longest first.
  static let namespaces: [(prefix: [UInt8], index: UInt8)] = [
    ("system.posix_acl_access", 2), ("system.posix_acl_default", 3), ("trusted.", 4), ("security.", 6),
    ("user.", 1),
  ].map { (Array($0.0.utf8), $0.1) }
}

/// Memory of a known size, written in little-endian pieces.
struct ByteImage {
  private(set) var bytes: [UInt8]

  init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value.littleEndian))
    }
  }

  mutating func put(_ source: ArraySlice<UInt8>, at offset: Int) {
    bytes.withUnsafeMutableBytes { image in
      UnsafeMutableRawBufferPointer(rebasing: image[offset..<offset + source.count]).copyBytes(from: source)
    }
  }

  mutating func put(_ byte: UInt8, at offset: Int) { bytes[offset] = byte }
}
