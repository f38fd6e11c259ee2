import Essentials

/// Finds many patterns in one pass over the bytes.
///
/// Source: Wu and Manber, "A fast algorithm for multi-pattern searching" (1994), with windows of four bytes, the first of
/// each pattern, and blocks of two: mostly one look at every third byte.
struct LeakScanner: Sendable {
  struct Hit: Sendable, Hashable {
    /// From the start of the bytes.
    let offset: Int
    let pattern: Int
  }

  let patterns: [LeakPattern]
  /// By two bytes, how far the window may move on.
  private let shifts: [UInt8]
  /// By two bytes, whether a pattern begins with them.
  private let begins: [Bool]
  private let byStart: [UInt32: [Int]]

  private static let window = 4

  init(_ patterns: [LeakPattern]) {
    var shifts = [UInt8](repeating: 3, count: 1 << 16)
    var begins = [Bool](repeating: false, count: 1 << 16)
    var byStart: [UInt32: [Int]] = [:]
    for (index, pattern) in patterns.enumerated() {
      let start = Array(pattern.start.prefix(Self.window))
      func pair(_ place: Int) -> Int { Int(start[place]) | Int(start[place + 1]) << 8 }
      for place in 0...2 { shifts[pair(place)] = min(shifts[pair(place)], UInt8(2 - place)) }
      begins[pair(0)] = true
      byStart[UInt32(pair(0)) | UInt32(pair(2)) << 16, default: []].append(index)
    }
    self.patterns = patterns
    self.shifts = shifts
    self.begins = begins
    self.byStart = byStart
  }

  /// What begins in `range`; it may end behind it.
  func scan(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> [Hit] {
    guard !patterns.isEmpty, let base = bytes.baseAddress else { return [] }
    var hits: [Hit] = []
    let end = min(range.upperBound + Self.window - 1, bytes.count)
    shifts.withUnsafeBufferPointer { shifts in
      begins.withUnsafeBufferPointer { begins in
        // The window's last two bytes begin here.
        var place = range.lowerBound + 2
        while place + 1 < end {
          let last = Int(UInt16(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt16.self)))
          let shift = Int(shifts[last])
          if shift > 0 {
            place += shift
            continue
          }
          let first = Int(
            UInt16(littleEndian: base.loadUnaligned(fromByteOffset: place - 2, as: UInt16.self)))
          if begins[first] {
            for index in byStart[UInt32(first) | UInt32(last) << 16] ?? []
            where patterns[index].stands(at: place - 2, in: bytes) {
              hits.append(Hit(offset: place - 2, pattern: index))
            }
          }
          place += 1
        }
      }
    }
    return hits
  }

  private static let stretch = 4 << 20

  /// Everything found in a file, on all processors.
  func scan(_ file: MappedFile) async throws -> [Hit] {
    let stretches = stride(from: 0, to: file.count, by: Self.stretch).map { start in
      start..<min(start + Self.stretch, file.count)
    }
    return try await stretches.concurrentMap { [self] stretch in
      defer { file.release(stretch) }
      return file.withBytes { scan($0, stretch) }
    }.flatMap { $0 }
  }
}
