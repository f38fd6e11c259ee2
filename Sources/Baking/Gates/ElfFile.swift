import Essentials

/// What the dynamic loader reads of a program or a shared library.
///
/// Source: the System V ABI, chapters 4 and 5, and elf(5); 64 bits, little end first, as amd64 and arm64 are.
struct ElfFile: Equatable {
  /// The processor, as `e_machine` has it: 62 for amd64, 183 for arm64.
  var machine: UInt16
  /// The names of the libraries that it needs, and the path of its loader.
  var needed: [String] = []
  var soname = ""
  var rpath = ""
  var runpath = ""

  private static let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1]
  private static let headerSize = 64
  private static let programHeaderSize = 56

  /// The program or library that `bytes` are; nil for everything else, and for what is cut short or makes no sense.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.headerSize, bytes.prefix(6).elementsEqual(Self.magic) else { return nil }
    let reader = Reader(bytes: bytes)
    // Executables and shared objects; others aren't loaded.
    guard let type = reader.short(16), type == 2 || type == 3, let machine = reader.short(18),
      let table = reader.offset(32), let size = reader.short(54), Int(size) == Self.programHeaderSize,
      let count = reader.short(56)
    else { return nil }
    self.machine = machine
    var segments: [Segment] = []
    for number in 0..<Int(count) {
      guard let segment = Segment(reader, at: table, number) else { return nil }
      segments.append(segment)
    }
    guard let dynamic = segments.first(where: { $0.type == 2 }) else { return nil }
    if let loader = segments.first(where: { $0.type == 3 }), let path = reader.string(loader.offset) {
      needed.append(path)
    }
    read(dynamic, segments, reader)
  }

  private mutating func read(_ dynamic: Segment, _ segments: [Segment], _ reader: Reader) {
    var names: [Int] = []
    var places: [UInt64: Int] = [:]
    var strings: Int?
    for index in 0..<min(dynamic.size / 16, 4096) {
      guard let tag = reader.long(dynamic.offset + index * 16),
        let value = reader.offset(dynamic.offset + index * 16 + 8)
      else { break }
      switch tag {
      case 0: break
      case 1: names.append(value)
      case 5: strings = segments.lazy.compactMap { $0.place(of: value) }.first
      case 14, 15, 29: places[tag] = value
      default: continue
      }
      if tag == 0 { break }
    }
    guard let strings else { return }
    func name(_ place: Int?) -> String {
      guard let place else { return "" }
      let (sum, overflows) = strings.addingReportingOverflow(place)
      return overflows ? "" : reader.string(sum) ?? ""
    }
    needed += names.map { name($0) }.filter { !$0.isEmpty }
    soname = name(places[14])
    rpath = name(places[15])
    runpath = name(places[29])
  }

  private struct Segment {
    var type: UInt32
    var offset: Int
    var address: Int
    var size: Int

    init?(_ reader: Reader, at table: Int, _ number: Int) {
      let (start, overflows) = table.addingReportingOverflow(number * ElfFile.programHeaderSize)
      guard !overflows, let type = reader.word(start), let offset = reader.offset(start + 8),
        let address = reader.offset(start + 16), let size = reader.offset(start + 32)
      else { return nil }
      (self.type, self.offset, self.address, self.size) = (type, offset, address, size)
    }

    /// Where in the file an address lies that the segment loads.
    func place(of address: Int) -> Int? {
      guard type == 1, address >= self.address, address - self.address < size else { return nil }
      let (sum, overflows) = offset.addingReportingOverflow(address - self.address)
      return overflows ? nil : sum
    }
  }

  private struct Reader {
    let bytes: UnsafeRawBufferPointer

    private func number<Number: FixedWidthInteger>(_ place: Int, _: Number.Type) -> Number? {
      guard place >= 0, place <= bytes.count - MemoryLayout<Number>.size else { return nil }
      return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
    }

    func short(_ place: Int) -> UInt16? { number(place, UInt16.self) }
    func word(_ place: Int) -> UInt32? { number(place, UInt32.self) }
    func long(_ place: Int) -> UInt64? { number(place, UInt64.self) }
    /// A number that fits a place in a file; greater ones wrap to none.
    func offset(_ place: Int) -> Int? { long(place).flatMap { Int(exactly: $0 & (1 << 62 - 1)) } }

    func string(_ place: Int) -> String? {
      guard place >= 0, place < bytes.count else { return nil }
      let text = bytes[place..<min(bytes.count, place + 4096)].prefix { $0 != 0 }
      return text.contains { $0 < 32 } ? nil : String(decoding: text, as: UTF8.self)
    }
  }
}
