import CZlib
import Essentials

/// A GUID partition table, and the protective MBR before it.
///
/// Source: UEFI specification 2.10, chapter 5; the types are the Discoverable Partitions Specification's.
struct PartitionTable {
  struct Partition {
    /// As `C12A7328-F81F-11D2-BA4B-00A0C93EC93B`.
    var type: String
    /// In the order of RFC 9562.
    var identifier: [UInt8]
    /// At most 36 ASCII characters.
    var name: String
    var attributes: UInt64 = 0
    /// In bytes, multiples of a sector.
    var start: Int64
    var size: Int64
  }

  static let sector: Int64 = 512
  /// Where partitions begin, and what they're aligned to, in bytes.
  static let alignment: Int64 = 1 << 20
  static let systemType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
  static let isReadOnly: UInt64 = 1 << 60

  /// Of the root file system, and of its hashes.
  static func rootTypes(_ architecture: Architecture) -> (data: String, hashes: String) {
    switch architecture {
    case .amd64: ("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5")
    case .arm64: ("B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "DF3300CE-D69F-4C92-978C-9BFB0F38D820")
    }
  }

  private static let entrySize = 128
  private static let entryCount = 128
  private static let entrySectors = Int64(entrySize * entryCount) / sector

  let disk: [UInt8]
  let partitions: [Partition]
  /// In bytes.
  let size: Int64

  /// - Parameters:
  ///   - disk: the disk's own identifier.
  ///   - partitions: in order, none over another.
  init(disk: [UInt8], _ partitions: [Partition]) {
    self.disk = disk
    self.partitions = partitions
    let end = partitions.map { $0.start + $0.size }.max() ?? Self.alignment
    // The copy of the table at the end takes 33 sectors.
    size = (end + Self.alignment - 1) / Self.alignment * Self.alignment + Self.alignment
  }

  /// What stands before the first partition.
  var head: [UInt8] {
    var image = ByteImage(count: Int(Self.sector))
    image.put(UInt8(0xee), at: 446 + 4)
    image.put([0x00, 0x02, 0x00][...], at: 446 + 1)
    image.put([0xff, 0xff, 0xff][...], at: 446 + 5)
    image.put(UInt32(1), at: 446 + 8)
    image.put(UInt32(clamping: size / Self.sector - 1), at: 446 + 12)
    image.put([0x55, 0xaa][...], at: 510)
    return image.bytes + header(at: 1, copy: lastSector, entriesAt: 2) + entries
  }

  /// What stands at the disk's end, and where, in bytes.
  var tail: (start: Int64, bytes: [UInt8]) {
    let start = lastSector - Self.entrySectors
    return (start * Self.sector, entries + header(at: lastSector, copy: 1, entriesAt: start))
  }

  private var lastSector: Int64 { size / Self.sector - 1 }

  private func header(at sector: Int64, copy: Int64, entriesAt: Int64) -> [UInt8] {
    var image = ByteImage(count: Int(Self.sector))
    image.put(Array("EFI PART".utf8)[...], at: 0)
    image.put(UInt32(0x0001_0000), at: 8)
    image.put(UInt32(92), at: 12)
    image.put(UInt64(sector), at: 24)
    image.put(UInt64(copy), at: 32)
    image.put(UInt64(2 + Self.entrySectors), at: 40)
    image.put(UInt64(lastSector - Self.entrySectors - 1), at: 48)
    image.put(Self.mixed(disk)[...], at: 56)
    image.put(UInt64(entriesAt), at: 72)
    image.put(UInt32(Self.entryCount), at: 80)
    image.put(UInt32(Self.entrySize), at: 84)
    image.put(Self.checksum(entries[...]), at: 88)
    image.put(Self.checksum(image.bytes.prefix(92)), at: 16)
    return image.bytes
  }

  private var entries: [UInt8] {
    var image = ByteImage(count: Self.entrySize * Self.entryCount)
    for (number, partition) in partitions.enumerated() {
      let place = number * Self.entrySize
      let type = partition.type.replacing("-", with: "")
      image.put(Self.mixed(Hexadecimal.bytes(type.lowercased()) ?? [])[...], at: place)
      image.put(Self.mixed(partition.identifier)[...], at: place + 16)
      image.put(UInt64(partition.start / Self.sector), at: place + 32)
      image.put(UInt64((partition.start + partition.size) / Self.sector - 1), at: place + 40)
      image.put(partition.attributes, at: place + 48)
      for (index, unit) in partition.name.utf16.prefix(36).enumerated() {
        image.put(unit, at: place + 56 + 2 * index)
      }
    }
    return image.bytes
  }

  /// A GUID as tables hold it: the first three fields with the low byte first.
  private static func mixed(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes[0..<4].reversed() + bytes[4..<6].reversed() + bytes[6..<8].reversed() + bytes[8...])
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, UInt32($0.count))) }
  }
}
