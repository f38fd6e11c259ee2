import Essentials

/// The hashes by which dm-verity checks a partition, block by block, taken in while the partition is written.
///
/// Form 1 with SHA-256: a block's hash is that of salt and block; the hashes fill blocks of 128, these are hashed in turn,
/// until one block is left, whose hash is the root's. The levels lie one behind the other, the topmost first.
/// Source: the kernel's Documentation/admin-guide/device-mapper/verity.rst.
struct VerityTree {
  static let blockSize = 4096

  let salt: [UInt8]
  private var leaves: [UInt8] = []
  private var pending: [UInt8] = []

  /// - Parameter salt: at most 256 bytes.
  init(salt: [UInt8]) { self.salt = salt }

  /// Takes in the partition's bytes, in order.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    if !pending.isEmpty {
      let missing = min(Self.blockSize - pending.count, rest.count)
      pending.append(contentsOf: rest.prefix(missing))
      rest = rest.dropFirst(missing)
      guard pending.count == Self.blockSize else { return }
      pending.withUnsafeBytes { leaves.append(contentsOf: hash($0)) }
      pending.removeAll(keepingCapacity: true)
    }
    while rest.count >= Self.blockSize {
      leaves.append(contentsOf: hash(UnsafeRawBufferPointer(rebasing: rest.prefix(Self.blockSize))))
      rest = rest.dropFirst(Self.blockSize)
    }
    pending.append(contentsOf: rest)
  }

  /// The root's hash, and what the hashes' partition holds: a block with the superblock, then the levels.
  /// - Parameter identifier: a UUID, in the order of RFC 9562.
  /// - Precondition: what was taken in is a multiple of 4,096 bytes, and not empty.
  consuming func finish(identifier: [UInt8]) -> (root: Digest, partition: [UInt8]) {
    let superblock = superblock(identifier)
    var levels: [[UInt8]] = []
    var hashes = leaves
    repeat {
      hashes.append(
        contentsOf: repeatElement(0, count: (Self.blockSize - hashes.count % Self.blockSize) % Self.blockSize)
      )
      levels.append(hashes)
      var above: [UInt8] = []
      hashes.withUnsafeBytes { bytes in
        for start in stride(from: 0, to: bytes.count, by: Self.blockSize) {
          above.append(
            contentsOf: hash(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Self.blockSize])))
        }
      }
      hashes = above
    } while hashes.count > 32
    return (Digest(bytes: hashes), superblock + levels.reversed().joined())
  }

  /// By which veritysetup and systemd know the parameters.
  ///
  /// Source: cryptsetup's lib/verity/verity.c, `struct verity_sb`.
  private func superblock(_ identifier: [UInt8]) -> [UInt8] {
    var image = ByteImage(count: Self.blockSize)
    image.put(Array("verity".utf8)[...], at: 0)
    image.put(UInt32(1), at: 8)
    image.put(UInt32(1), at: 12)
    image.put(identifier[...], at: 16)
    image.put(Array("sha256".utf8)[...], at: 32)
    image.put(UInt32(Self.blockSize), at: 64)
    image.put(UInt32(Self.blockSize), at: 68)
    image.put(UInt64(leaves.count / 32), at: 72)
    image.put(UInt16(salt.count), at: 80)
    image.put(salt[...], at: 88)
    return image.bytes
  }

  private func hash(_ block: UnsafeRawBufferPointer) -> [UInt8] {
    var hasher = SHA256()
    hasher.update(salt)
    hasher.update(block)
    return hasher.finalize().bytes
  }
}
