/// One name in a layer, with all that tar and EROFS keep of it.
///
/// Names, targets and extended attributes are bytes in the arena of the table that holds the entry.
package struct LayerEntry: Sendable, Equatable {
  package enum Kind: UInt8, Sendable {
    case file = 1
    case folder
    case symbolicLink
    /// A further name of the entry at ``LayerEntry/link``; its own metadata is that entry's.
    case hardLink
    case characterDevice
    case blockDevice
    case fifo
    /// The name is absent, whatever the layers below have.
    case whiteout
  }

  package var kind: Kind
  /// A folder that hides what the layers below have in it.
  package var isOpaque = false
  /// A folder that the layer has no entry of its own for; its metadata are those of the layer below.
  package var isImplied = false
  /// The twelve permission bits, setuid, setgid and sticky among them.
  package var permissions: UInt16 = 0
  package var owner: UInt32 = 0
  package var group: UInt32 = 0
  /// Whole seconds since 1970, UTC.
  package var modified: Int64 = 0
  /// The length of a file's content, in bytes; 0 for all else.
  package var size: Int64 = 0
  /// Where a file's content begins in the layer's tar, in bytes; 0 where there is none.
  package var offset: Int64 = 0
  /// A device's numbers.
  package var major: UInt32 = 0
  package var minor: UInt32 = 0
  /// The folder's entry; 0, itself, for the root.
  package var parent = 0
  /// Of a hard link, the entry that holds content and metadata.
  package var link = 0

  var name = ArenaRange()
  var target = ArenaRange()
  var attributes = ArenaRange()

  init(kind: Kind) { self.kind = kind }
}

/// A stretch of a table's arena.
struct ArenaRange: Sendable, Equatable {
  var start: UInt32 = 0
  var count: UInt32 = 0

  var isEmpty: Bool { count == 0 }
  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }

  init() {}

  /// - Precondition: both fit 32 bits; arenas are bounded by ``LayerTable/arenaLimit``.
  init(start: Int, count: Int) {
    self.start = UInt32(start)
    self.count = UInt32(count)
  }
}
