/// Room for inodes, given out so that none that fits a block lies across two.
///
/// What is skipped to keep to that rule is given to later, smaller inodes.
struct MetadataSpace {
  private static let gapLimit = 64

  let blockSize: Int
  /// The first byte behind all that was given out.
  private(set) var end: Int
  private var gaps: [(offset: Int, size: Int)] = []

  /// - Parameter start: the first free byte, a multiple of the slot size.
  init(blockSize: Int, start: Int) {
    self.blockSize = blockSize
    end = start
  }

  /// Gives out `size` bytes; what needs more than a block begins one.
  mutating func allocate(_ size: Int) -> Int {
    let slots = (size + ErofsFormat.slotSize - 1) / ErofsFormat.slotSize * ErofsFormat.slotSize
    if let index = gaps.firstIndex(where: { $0.size >= slots }) {
      let offset = gaps[index].offset
      gaps[index].offset += slots
      gaps[index].size -= slots
      if gaps[index].size == 0 { gaps.remove(at: index) }
      return offset
    }
    let used = end % blockSize
    if used > 0, used + slots > blockSize {
      if gaps.count == Self.gapLimit { gaps.removeFirst() }
      gaps.append((end, blockSize - used))
      end += blockSize - used
    }
    defer { end += slots }
    return end
  }
}
