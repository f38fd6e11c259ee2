package import Essentials

// The form on disk: "HTLAYER" and a version byte; then, as variable-length numbers of seven bits a byte,
// lowest first (LEB128), the layer's size and the number of entries; then the entries in order:
//
//     kind, with flags 0x10 opaque, 0x20 implied, 0x40 has attributes           1 byte
//     its index less its parent's (the root: 0); its name's length; its name
//     a whiteout has no more; a hard link: its index less the other's, signed; all else:
//     permissions; owner; group; modification time less the entry's before, signed
//     file: size, and unless that is 0 its offset less the end of the content before, signed
//     symbolic link: its target's length; its target       device: major; minor
//     attributes, where the flag says so: their length; they themselves, as in the arena
//
// Signed numbers are folded: 0, -1, 1, -2, … become 0, 1, 2, 3, ….

extension LayerTable {
  /// The version of the form that ``serialized()`` writes.
  package static let version: UInt8 = 1
  static let magic = Array("HTLAYER".utf8)

  /// The table as bytes; equal tables give equal bytes.
  package func serialized() -> [UInt8] {
    var output = NumberWriter()
    output.bytes.reserveCapacity(entries.count * 32 + 64)
    output.bytes = Self.magic + [Self.version]
    output.unsigned(UInt64(layerSize))
    output.unsigned(UInt64(entries.count))
    var modified: Int64 = 0
    var contentEnd: Int64 = 0
    for (index, entry) in entries.enumerated() {
      var head = entry.kind.rawValue
      if entry.isOpaque { head |= 0x10 }
      if entry.isImplied { head |= 0x20 }
      if !entry.attributes.isEmpty { head |= 0x40 }
      output.bytes.append(head)
      output.unsigned(UInt64(index - entry.parent))
      output.run(arena[entry.name.range])
      if entry.kind == .whiteout { continue }
      if entry.kind == .hardLink {
        output.signed(Int64(index - entry.link))
        continue
      }
      output.unsigned(UInt64(entry.permissions))
      output.unsigned(UInt64(entry.owner))
      output.unsigned(UInt64(entry.group))
      output.signed(entry.modified &- modified)
      modified = entry.modified
      switch entry.kind {
      case .file:
        output.unsigned(UInt64(entry.size))
        if entry.size > 0 {
          output.signed(entry.offset - contentEnd)
          contentEnd = entry.offset + entry.size
        }
      case .symbolicLink: output.run(arena[entry.target.range])
      case .characterDevice, .blockDevice:
        output.unsigned(UInt64(entry.major))
        output.unsigned(UInt64(entry.minor))
      case .folder, .fifo, .hardLink, .whiteout: break
      }
      if !entry.attributes.isEmpty { output.run(arena[entry.attributes.range]) }
    }
    return output.bytes
  }

  /// Reads what ``serialized()`` wrote, and checks all of it.
  /// - Parameter name: what messages call it.
  /// - Throws: `verificationFailed` where it is of another version, cut short, or not as a table must be.
  package init(parsing bytes: [UInt8], name: String) throws(Diagnostic) {
    let damaged = Diagnostic(.verificationFailed, "\(name) is no layer table that this program can read")
    guard bytes.count <= Self.arenaLimit, bytes.starts(with: Self.magic), bytes.count > 8,
      bytes[7] == Self.version
    else { throw damaged.hint("bake the image again with this version of the program") }
    var input = NumberReader(bytes: bytes, position: 8)
    guard let size = input.unsigned(), size < 1 << 62, let count = input.unsigned(),
      count >= 1, count <= UInt64(bytes.count)
    else { throw damaged }
    arena = bytes
    layerSize = Int64(size)
    entries.reserveCapacity(Int(count))
    var modified: Int64 = 0
    var contentEnd: Int64 = 0
    for index in 0..<Int(count) {
      guard let entry = Self.entry(&input, index, &modified, &contentEnd) else { throw damaged }
      entries.append(entry)
    }
    guard input.position == bytes.count, isWellFormed() else { throw damaged }
  }

  /// Reads what ``serialized()`` wrote from memory that is copied.
  package init(parsing bytes: UnsafeRawBufferPointer, name: String) throws(Diagnostic) {
    try self.init(parsing: Array(bytes), name: name)
  }

  private static func entry(
    _ input: inout NumberReader, _ index: Int, _ modified: inout Int64, _ contentEnd: inout Int64
  ) -> LayerEntry? {
    guard let head = input.byte(), let kind = LayerEntry.Kind(rawValue: head & 15), head & 0x80 == 0,
      let distance = input.unsigned(), distance <= UInt64(index), let name = input.run()
    else { return nil }
    var entry = LayerEntry(kind: kind)
    entry.isOpaque = head & 0x10 != 0
    entry.isImplied = head & 0x20 != 0
    entry.parent = index - Int(distance)
    entry.name = name
    if kind == .whiteout { return head & 0x70 == 0 ? entry : nil }
    if kind == .hardLink {
      guard head & 0x70 == 0, let distance = input.signed(),
        case let (link, overflows) = Int64(index).subtractingReportingOverflow(distance), !overflows,
        link >= 0
      else { return nil }
      entry.link = Int(link)
      return entry
    }
    guard let permissions = input.unsigned(), permissions <= 0o7777,
      let owner = input.unsigned().flatMap(UInt32.init(exactly:)),
      let group = input.unsigned().flatMap(UInt32.init(exactly:)), let elapsed = input.signed()
    else { return nil }
    entry.permissions = UInt16(permissions)
    entry.owner = owner
    entry.group = group
    modified = modified &+ elapsed
    entry.modified = modified
    switch kind {
    case .file:
      guard let size = input.unsigned(), size < 1 << 62 else { return nil }
      entry.size = Int64(size)
      if size > 0 {
        guard let distance = input.signed(),
          case let (offset, overflows) = contentEnd.addingReportingOverflow(distance), !overflows,
          offset >= 0, offset < 1 << 62
        else { return nil }
        entry.offset = offset
        contentEnd = offset + entry.size
      }
    case .symbolicLink:
      guard let target = input.run() else { return nil }
      entry.target = target
    case .characterDevice, .blockDevice:
      guard let major = input.unsigned().flatMap(UInt32.init(exactly:)),
        let minor = input.unsigned().flatMap(UInt32.init(exactly:))
      else { return nil }
      entry.major = major
      entry.minor = minor
    case .folder, .fifo, .hardLink, .whiteout: break
    }
    if head & 0x40 != 0 {
      guard let attributes = input.run(), !attributes.isEmpty else { return nil }
      entry.attributes = attributes
    }
    return entry
  }
}

/// Writes numbers in as few bytes as they need.
private struct NumberWriter {
  var bytes: [UInt8] = []

  mutating func unsigned(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

  mutating func run(_ run: ArraySlice<UInt8>) {
    unsigned(UInt64(run.count))
    bytes.append(contentsOf: run)
  }
}

/// Reads what `NumberWriter` wrote; nil where the bytes end or a number is too long.
private struct NumberReader {
  let bytes: [UInt8]
  var position: Int

  mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    position += 1
    return bytes[position - 1]
  }

  mutating func unsigned() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = byte() else { return nil }
      let part = UInt64(byte & 0x7f)
      // The tenth byte has room for one bit, and a last byte of zero would give a second spelling.
      if shift == 63, part > 1 { return nil }
      value |= part << shift
      if byte & 0x80 == 0 { return byte == 0 && shift > 0 ? nil : value }
    }
    return nil
  }

  mutating func signed() -> Int64? {
    unsigned().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
  }

  mutating func run() -> ArenaRange? {
    guard let count = unsigned(), count <= UInt64(bytes.count - position) else { return nil }
    let range = ArenaRange(start: position, count: Int(count))
    position += Int(count)
    return range
  }
}
