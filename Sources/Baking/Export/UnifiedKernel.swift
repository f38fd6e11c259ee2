import Essentials

/// A kernel with its command line and initrd as one program of the firmware's: systemd's stub with further sections.
///
/// Source: the Unified Kernel Image specification (UAPI group); the PE format, Microsoft.
enum UnifiedKernel {
  private static let optionalHeader = 24
  private static let sectionSize = 40
  /// What firmware aligns pages to, in bytes.
  private static let page = 4096
  /// Initialised data that is read.
  private static let characteristics: UInt32 = 0x4000_0040

  /// - Parameters:
  ///   - stub: systemd's, for the machine's architecture.
  ///   - sections: by name, as in `.linux`, at most eight bytes.
  /// - Throws: `verificationFailed` where the stub is none, or has no room for more sections.
  static func build(stub: [UInt8], sections: [(name: String, content: [UInt8])]) throws(Diagnostic) -> [UInt8]
  {
    let reader = Reader(bytes: stub)
    guard let header = reader.word(60), stub.prefix(2) == [0x4d, 0x5a], reader.word(header) == 0x4550,
      let count = reader.half(header + 6), count < 1000, let optionalSize = reader.half(header + 20),
      reader.half(header + optionalHeader) == 0x20b, optionalSize >= 112,
      let alignment = reader.word(header + optionalHeader + 36), alignment >= 512, alignment <= 1 << 16,
      let headersSize = reader.word(header + optionalHeader + 60),
      let dataSize = reader.word(header + optionalHeader + 8)
    else { throw damaged() }
    let table = header + optionalHeader + optionalSize
    var fileEnd = headersSize
    var memoryEnd = headersSize
    for number in 0..<count {
      let place = table + number * sectionSize
      guard let size = reader.word(place + 8), let address = reader.word(place + 12),
        let stored = reader.word(place + 16), let start = reader.word(place + 20)
      else { throw damaged() }
      fileEnd = max(fileEnd, start + stored)
      memoryEnd = max(memoryEnd, address + max(size, stored))
    }
    guard fileEnd <= stub.count, table + (count + sections.count) * sectionSize <= headersSize else {
      throw damaged()
    }
    // Without its symbols, which stand behind the sections.
    let total = sections.reduce(rounded(fileEnd, alignment)) { $0 + rounded($1.content.count, alignment) }
    var image = ByteImage(count: total)
    image.put(stub[..<fileEnd], at: 0)
    image.put(UInt64(0), at: header + 12)
    image.put(UInt16(count + sections.count), at: header + 6)
    var position = rounded(fileEnd, alignment)
    var address = rounded(memoryEnd, page)
    for (number, section) in sections.enumerated() {
      let place = table + (count + number) * sectionSize
      let stored = rounded(section.content.count, alignment)
      image.put([UInt8](repeating: 0, count: sectionSize)[...], at: place)
      image.put(Array(section.name.utf8.prefix(8))[...], at: place)
      // What doesn't fit is refused below.
      for (offset, value) in [(8, section.content.count), (12, address), (16, stored), (20, position)] {
        image.put(UInt32(truncatingIfNeeded: value), at: place + offset)
      }
      image.put(characteristics, at: place + 36)
      image.put(section.content[...], at: position)
      position += stored
      address = rounded(address + section.content.count, page)
    }
    guard address < Int(Int32.max) else {
      throw Diagnostic(.failed, "kernel and initrd are too large for one program of the firmware's")
    }
    image.put(UInt32(truncatingIfNeeded: dataSize + total - fileEnd), at: header + optionalHeader + 8)
    image.put(UInt32(address), at: header + optionalHeader + 56)
    image.put(UInt32(0), at: header + optionalHeader + 64)
    return image.bytes
  }

  private static func rounded(_ size: Int, _ unit: Int) -> Int { (size + unit - 1) / unit * unit }

  private static func damaged() -> Diagnostic {
    Diagnostic(
      .verificationFailed, "systemd's stub for UEFI isn't a program that sections can be added to",
      hints: ["install Debian's package systemd-boot-efi anew"])
  }

  /// Little-endian numbers of a file that isn't trusted.
  private struct Reader {
    let bytes: [UInt8]

    func half(_ place: Int) -> Int? {
      guard place >= 0, place + 2 <= bytes.count else { return nil }
      return Int(bytes[place]) | Int(bytes[place + 1]) << 8
    }

    func word(_ place: Int) -> Int? {
      guard let low = half(place), let high = half(place + 2) else { return nil }
      return low | high << 16
    }
  }
}
