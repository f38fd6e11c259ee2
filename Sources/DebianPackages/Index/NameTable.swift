/// Names as small numbers, given out in the order in which they first come up.
///
/// That order is more than a convenience: it's apt's last rule between providers that are equal in
/// everything else, so an index interns every name that a paragraph mentions, in the order apt reads them.
struct NameTable: Sendable {
  typealias ID = Int32

  private var slots: [Int32]
  private var starts: [UInt32] = [0]
  private var hashes: [UInt32] = []
  private var arena: [UInt8] = []
  private var mask: Int

  init(capacity: Int = 1 << 17) {
    let size = max(16, capacity).nextPowerOfTwo
    slots = Array(repeating: -1, count: size)
    mask = size - 1
  }

  var count: Int { hashes.count }

  /// The number of `name`, new where it hasn't come up before.
  mutating func intern(_ name: Bytes) -> ID {
    let hash = Self.hash(name)
    var slot = Int(hash) & mask
    while true {
      let id = slots[slot]
      if id < 0 { break }
      if hashes[Int(id)] == hash, equals(id, name) { return id }
      slot = (slot + 1) & mask
    }
    let id = ID(hashes.count)
    slots[slot] = id
    hashes.append(hash)
    arena.append(contentsOf: name)
    starts.append(UInt32(arena.count))
    if hashes.count * 2 > slots.count { grow() }
    return id
  }

  /// The number of `name`, or nil where it never came up.
  func find(_ name: Bytes) -> ID? {
    let hash = Self.hash(name)
    var slot = Int(hash) & mask
    while slots[slot] >= 0 {
      if hashes[Int(slots[slot])] == hash, equals(slots[slot], name) { return slots[slot] }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// The number of `name`, or nil where it never came up.
  func find(_ name: String) -> ID? {
    var name = name
    return name.withUTF8 { find($0[...]) }
  }

  /// The name whose number is `id`.
  subscript(id: ID) -> String {
    String(decoding: arena[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])], as: UTF8.self)
  }

  private func equals(_ id: ID, _ name: Bytes) -> Bool {
    let start = Int(starts[Int(id)])
    guard Int(starts[Int(id) + 1]) - start == name.count else { return false }
    var offset = start
    for byte in name {
      if arena[offset] != byte { return false }
      offset += 1
    }
    return true
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    mask = slots.count - 1
    for (id, hash) in hashes.enumerated() {
      var slot = Int(hash) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(id)
    }
  }

  // FNV-1a (Fowler, Noll, Vo), with a last mix since the low bits pick the slot.
  private static func hash(_ name: Bytes) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash ^ (hash >> 15)
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int { 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
