package import Essentials

/// The names, versions and providers of package indexes as one run of bytes, which is used as it lies in memory or in a file.
///
/// Format, in the machine's byte order and with the memory layout that this program gives the records: 32 bytes of
/// ``Header``; then, each from a multiple of eight bytes on, entries, provisions, by name the last entry and the last
/// provision, where names start, their hashes, the hash table's slots, and the names' bytes. It's a cache of this
/// program's own: with any change of layout, `Header.magic` changes.
package final class PackageTables: Sendable {
  private let memory: IndexText
  let names: NameTable
  // They point into the memory, which this object owns and nobody writes to.
  nonisolated(unsafe) let entries: UnsafeBufferPointer<PackageEntry>
  nonisolated(unsafe) let provisions: UnsafeBufferPointer<Provision>
  nonisolated(unsafe) let firstEntry: UnsafeBufferPointer<PackageEntry.ID>
  nonisolated(unsafe) let firstProvision: UnsafeBufferPointer<Int32>

  private struct Header: Equatable {
    /// `hardtack` and the layout's version.
    static let magic: UInt64 = 0x6b63_6174_6472_6168 &+ 1
    var magic = Self.magic
    var size: UInt64
    var names: UInt32
    var entries: UInt32
    var provisions: UInt32
    var slots: UInt32
  }

  init(_ reader: IndexReader) {
    var bytes: [UInt8] = []
    func append(_ part: UnsafeRawBufferPointer) {
      bytes.append(contentsOf: part)
      bytes.append(contentsOf: repeatElement(0, count: -bytes.count & 7))
    }
    var header = Header(
      size: 0, names: UInt32(reader.names.count), entries: UInt32(reader.entries.count),
      provisions: UInt32(reader.provisions.count), slots: UInt32(reader.names.slots.count))
    withUnsafeBytes(of: header) { append($0) }
    reader.entries.withUnsafeBytes { append($0) }
    reader.provisions.withUnsafeBytes { append($0) }
    reader.firstEntry.withUnsafeBytes { append($0) }
    reader.firstProvision.withUnsafeBytes { append($0) }
    reader.names.starts.withUnsafeBytes { append($0) }
    reader.names.hashes.withUnsafeBytes { append($0) }
    reader.names.slots.withUnsafeBytes { append($0) }
    reader.names.arena.withUnsafeBytes { append($0) }
    header.size = UInt64(bytes.count)
    withUnsafeBytes(of: header) { bytes.replaceSubrange(0..<$0.count, with: $0) }
    memory = IndexText(bytes)
    let view = View(memory, header)
    (names, entries, provisions) = (view.names, view.entries, view.provisions)
    (firstEntry, firstProvision) = (view.firstEntry, view.firstProvision)
  }

  /// Tables from a file.
  /// - Parameter sizes: those of the texts that they belong to, in bytes.
  /// - Returns: nil where something in them leads out of them or of the texts.
  init?(_ memory: IndexText, of sizes: [Int]) {
    guard memory.buffer.count >= MemoryLayout<Header>.size,
      let base = memory.buffer.baseAddress.map({ UnsafeRawPointer($0) })
    else { return nil }
    let header = base.load(as: Header.self)
    guard header.magic == Header.magic, header.size == UInt64(memory.buffer.count),
      View.size(header) <= memory.buffer.count
    else { return nil }
    let view = View(memory, header)
    guard view.isSound(sizes) else { return nil }
    self.memory = memory
    (names, entries, provisions) = (view.names, view.entries, view.provisions)
    (firstEntry, firstProvision) = (view.firstEntry, view.firstProvision)
  }

  /// Calls `body` with the bytes to keep; they're valid until it returns.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws(Diagnostic) -> Result)
    throws(Diagnostic) -> Result
  {
    try body(UnsafeRawBufferPointer(memory.buffer))
  }
}

extension PackageTables {
  /// Where the tables lie in the memory.
  private struct View {
    let names: NameTable
    let entries: UnsafeBufferPointer<PackageEntry>
    let provisions: UnsafeBufferPointer<Provision>
    let firstEntry: UnsafeBufferPointer<PackageEntry.ID>
    let firstProvision: UnsafeBufferPointer<Int32>

    /// - Parameter memory: has at least ``size(_:)`` bytes.
    init(_ memory: IndexText, _ header: Header) {
      let bytes = UnsafeRawBufferPointer(memory.buffer)
      var offset = MemoryLayout<Header>.size
      func table<Element>(_ count: Int, of type: Element.Type) -> UnsafeBufferPointer<Element> {
        let size = count * MemoryLayout<Element>.stride
        defer { offset += size + (-size & 7) }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size]).assumingMemoryBound(to: type)
      }
      let count = Int(header.names)
      entries = table(Int(header.entries), of: PackageEntry.self)
      provisions = table(Int(header.provisions), of: Provision.self)
      firstEntry = table(count, of: PackageEntry.ID.self)
      firstProvision = table(count, of: Int32.self)
      let starts = table(count + 1, of: UInt32.self)
      let hashes = table(count, of: UInt32.self)
      let slots = table(Int(header.slots), of: NameTable.ID.self)
      names = NameTable(
        slots: slots, starts: starts, hashes: hashes,
        arena: UnsafeBufferPointer(rebasing: memory.buffer[offset...]))
    }

    /// How many bytes the tables take at least; the names' bytes come on top.
    static func size(_ header: Header) -> Int {
      let count = Int(header.names)
      return [
        Int(header.entries) * MemoryLayout<PackageEntry>.stride,
        Int(header.provisions) * MemoryLayout<Provision>.stride, count * 4, count * 4, (count + 1) * 4,
        count * 4, Int(header.slots) * 4,
      ].reduce(MemoryLayout<Header>.size) { $0 + $1 + (-$1 & 7) }
    }

    /// Whether every number in the tables stands for something that is there, and every list and search comes to an end.
    func isSound(_ sizes: [Int]) -> Bool {
      func isInside(_ range: TextRange, _ text: Int32) -> Bool {
        Int(range.start) + Int(range.count) <= sizes[Int(text)]
      }
      for (number, entry) in entries.enumerated() {
        guard names.hashes.indices.contains(Int(entry.name)), sizes.indices.contains(Int(entry.text)),
          isInside(entry.paragraph, entry.text), isInside(entry.version, entry.text), entry.next >= -1,
          Int(entry.next) < number
        else { return false }
      }
      for (number, provision) in provisions.enumerated() {
        guard entries.indices.contains(Int(provision.owner)),
          isInside(provision.version, entries[Int(provision.owner)].text), provision.next >= -1,
          Int(provision.next) < number
        else { return false }
      }
      let starts = names.starts
      return firstEntry.allSatisfy { $0 >= -1 && Int($0) < entries.count }
        && firstProvision.allSatisfy { $0 >= -1 && Int($0) < provisions.count }
        && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
        && Int(starts[starts.count - 1]) <= names.arena.count
        && names.slots.count.nonzeroBitCount == 1 && names.slots.contains(-1)
        && names.slots.allSatisfy { $0 >= -1 && Int($0) < names.count }
    }
  }
}
