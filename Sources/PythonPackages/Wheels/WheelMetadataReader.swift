package import Essentials

/// Reads METADATA out of a wheel that lies on a server, by a few requests for parts of it.
///
/// For indexes that don't offer METADATA by itself (PEP 658). It says which bytes it needs, and the caller fetches
/// them; mostly the last 32 KiB suffice, since wheels have their `.dist-info` at the end. What is read this way isn't
/// verified against the wheel's digest: that is done when the wheel itself is fetched, and then METADATA must be the same.
/// Source: PKWARE's APPNOTE, sections 4.3.7 to 4.3.16.
package struct WheelMetadataReader: Sendable {
  /// What to do next.
  package enum Step: Sendable {
    /// Fetch these bytes of the file and hand them to ``add(_:at:)``.
    case fetch(Range<Int64>)
    case done(CoreMetadata)
  }

  private let filename: WheelFilename
  private let size: Int64
  private var parts: [(offset: Int64, bytes: [UInt8])] = []

  private static let tailLength: Int64 = 32 << 10
  private static let directoryLimit: Int64 = 64 << 20

  /// - Parameters:
  ///   - filename: the wheel's.
  ///   - size: of the whole file, in bytes.
  package init(_ filename: WheelFilename, size: Int64) {
    self.filename = filename
    self.size = size
  }

  /// Takes bytes of the file that stand at `offset`.
  package mutating func add(_ bytes: [UInt8], at offset: Int64) { parts.append((offset, bytes)) }

  /// What is still needed, or the metadata.
  /// - Throws: where the file is no wheel, or the bytes asked for didn't come.
  package func step() throws(Diagnostic) -> Step {
    guard !parts.isEmpty else { return .fetch(max(0, size - Self.tailLength)..<size) }
    guard parts.count < 6 else { throw refusal("didn't come in the parts that were asked for") }
    let directory = try directory()
    guard let listing = bytes(directory) else { return .fetch(directory) }
    let entry = try entry(in: listing)
    // The name and the extra field stand in front of the content again, the latter perhaps with another length.
    guard entry.offset >= 0, entry.offset <= directory.lowerBound - 30 else {
      throw refusal("has a directory that points outside of it")
    }
    let header = entry.offset..<entry.offset + 30
    let guess = entry.offset..<min(directory.lowerBound, header.upperBound + 1024 + entry.compressed)
    guard let start = bytes(header) else { return .fetch(guess) }
    guard start.starts(with: [0x50, 0x4B, 3, 4]) else {
      throw refusal("has no entry where its directory says")
    }
    let first = header.upperBound + Self.number(start, 26, 2) + Self.number(start, 28, 2)
    let content = first..<first + entry.compressed
    guard content.upperBound <= directory.lowerBound else {
      throw refusal("has a directory that points outside of it")
    }
    guard let data = bytes(content) else { return .fetch(content) }
    return .done(try unpack(entry, data))
  }

  private func refusal(_ reason: String) -> Diagnostic {
    Diagnostic(.verificationFailed, "\(filename.text) \(reason)")
  }

  private func bytes(_ range: Range<Int64>) -> [UInt8]? {
    for part in parts where part.offset <= range.lowerBound {
      guard range.upperBound <= part.offset + Int64(part.bytes.count) else { continue }
      return Array(part.bytes[Int(range.lowerBound - part.offset)..<Int(range.upperBound - part.offset)])
    }
    return nil
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int64 {
    (0..<count).reversed().reduce(0) { $0 << 8 | Int64(bytes[offset + $1]) }
  }

  /// Where the list of the entries stands, by the record at the end.
  private func directory() throws(Diagnostic) -> Range<Int64> {
    let tail = parts[0].bytes
    var place = tail.count - 22
    while place >= 0 {
      if tail[place] == 0x50, tail[place...].starts(with: [0x50, 0x4B, 5, 6]) { break }
      place -= 1
    }
    guard place >= 0 else { throw refusal("is no zip file") }
    let length = Self.number(tail, place + 12, 4)
    let offset = Self.number(tail, place + 16, 4)
    guard offset + length <= parts[0].offset + Int64(place), length <= Self.directoryLimit else {
      throw refusal("has a directory that is too large or not where it should be")
    }
    return offset..<offset + length
  }

  private struct Entry {
    var method: Int64
    var checksum: Int64
    var compressed: Int64
    var uncompressed: Int64
    var offset: Int64
  }

  private func entry(in listing: [UInt8]) throws(Diagnostic) -> Entry {
    var found: Entry?
    var place = 0
    while place + 46 <= listing.count, listing[place...].starts(with: [0x50, 0x4B, 1, 2]) {
      let nameLength = Int(Self.number(listing, place + 28, 2))
      let next =
        place + 46 + nameLength + Int(Self.number(listing, place + 30, 2))
        + Int(Self.number(listing, place + 32, 2))
      guard next <= listing.count else { break }
      let name = String(decoding: listing[place + 46..<place + 46 + nameLength], as: UTF8.self)
      let parts = name.split(separator: "/")
      if parts.count == 2, parts[1] == "METADATA", parts[0].hasSuffix(".dist-info") {
        guard found == nil else { throw refusal("has more than one METADATA") }
        found = Entry(
          method: Self.number(listing, place + 10, 2), checksum: Self.number(listing, place + 16, 4),
          compressed: Self.number(listing, place + 20, 4), uncompressed: Self.number(listing, place + 24, 4),
          offset: Self.number(listing, place + 42, 4))
      }
      place = next
    }
    guard let found else { throw refusal("has no METADATA") }
    guard found.compressed <= CoreMetadata.limit, found.uncompressed <= CoreMetadata.limit else {
      throw refusal("has a METADATA of more than \(CoreMetadata.limit) bytes")
    }
    return found
  }

  /// Unpacks the content as the one entry of a zip file made for it, so that libarchive does the work and checks it.
  private func unpack(_ entry: Entry, _ data: [UInt8]) throws(Diagnostic) -> CoreMetadata {
    func little(_ number: Int64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let name = Array("METADATA".utf8)
    let common =
      little(20, 2) + little(0, 2) + little(entry.method, 2) + little(0, 4) + little(entry.checksum, 4)
      + little(entry.compressed, 4) + little(entry.uncompressed, 4) + little(Int64(name.count), 2)
      + little(0, 2)
    let local = [0x50, 0x4B, 3, 4] + common + name + data
    let central = [0x50, 0x4B, 1, 2] + little(20, 2) + common + little(0, 14) + name
    let end =
      [0x50, 0x4B, 5, 6] + little(0, 4) + little(1, 2) + little(1, 2) + little(Int64(central.count), 4)
      + little(Int64(local.count), 4) + little(0, 2)
    let title = "\(filename.text)/METADATA"
    let reader = try ArchiveReader(local + central + end, format: .zip, name: title)
    guard try reader.next() != nil else { throw refusal("has a METADATA that can't be unpacked") }
    return try CoreMetadata(parsing: try reader.readAll(limit: CoreMetadata.limit), file: title)
  }
}
