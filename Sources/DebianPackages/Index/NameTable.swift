/// Names as small numbers, given out in the order in which they first come up.
///
/// That order is more than a convenience: it's apt's last rule between providers that are equal in
/// everything else, so an index interns every name that a paragraph mentions, in the order apt reads them.
///
/// The memory belongs to ``PackageTables``, and lives as long as these.
struct NameTable: @unchecked Sendable {  // The memory is never written to.
  typealias ID = Int32

  /// By hash: a name's number, or -1; a power of two of them.
  let slots: UnsafeBufferPointer<ID>
  /// By number, and one more: where a name starts.
  let starts: UnsafeBufferPointer<UInt32>
  let hashes: UnsafeBufferPointer<UInt32>
  let arena: UnsafeBufferPointer<UInt8>

  var count: Int { hashes.count }

  /// The number of `name`, or nil where it never came up.
  func find(_ name: Bytes) -> ID? {
    let hash = Self.hash(name)
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] >= 0 {
      let id = slots[slot]
      if hashes[Int(id)] == hash, bytes(id).elementsEqual(name) { return id }
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
  subscript(id: ID) -> String { String(decoding: bytes(id), as: UTF8.self) }

  private func bytes(_ id: ID) -> Bytes { arena[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])] }

  // FNV-1a (Fowler, Noll, Vo), with a last mix since the low bits pick the slot.
  static func hash(_ name: Bytes) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash ^ (hash >> 15)
  }
}

/// A ``NameTable`` that grows.
struct NameCollector {
  private(set) var slots: [NameTable.ID]
  private(set) var starts: [UInt32] = [0]
  private(set) var hashes: [UInt32] = []
  private(set) var arena: [UInt8] = []
  private var mask: Int

  init() {
    slots = Array(repeating: -1, count: 1 << 17)
    mask = slots.count - 1
  }

  var count: Int { hashes.count }

  /// The number of `name`, new where it hasn't come up before.
  mutating func intern(_ name: Bytes) -> NameTable.ID {
    let hash = NameTable.hash(name)
    var slot = Int(hash) & mask
    while true {
      let id = slots[slot]
      if id < 0 { break }
      if hashes[Int(id)] == hash, equals(id, name) { return id }
      slot = (slot + 1) & mask
    }
    let id = NameTable.ID(hashes.count)
    slots[slot] = id
    hashes.append(hash)
    arena.append(contentsOf: name)
    starts.append(UInt32(arena.count))
    if hashes.count * 2 > slots.count { grow() }
    return id
  }

  private func equals(_ id: NameTable.ID, _ name: Bytes) -> Bool {
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
      slots[slot] = NameTable.ID(id)
    }
  }
}
