/// What the index keeps of each paragraph; the rest is read from the text when it's asked for.
struct PackageEntry: Sendable {
  typealias ID = Int32

  struct Flags: OptionSet, Sendable {
    let rawValue: UInt8
    static let essential = Flags(rawValue: 1)
    static let protected = Flags(rawValue: 2)
    static let isForAll = Flags(rawValue: 4)
    static let sameArchitecture = Flags(rawValue: 8)
    static let foreignArchitecture = Flags(rawValue: 16)
    static let allowedArchitecture = Flags(rawValue: 32)
  }

  var name: NameTable.ID
  /// Which text, and at once which archive.
  var text: Int32
  var paragraph: TextRange
  var version: TextRange
  var flags: Flags
  /// A ``BinaryPackage/Priority``, or 0 where none is named.
  var priority: UInt8
  // So that no byte of it is left to chance where it's written to a file.
  private let padding: UInt16 = 0
  /// The next entry of the same name, or -1.
  var next: ID
}

/// That an entry provides a name that isn't its own.
struct Provision: Sendable {
  var owner: PackageEntry.ID
  /// In the owner's text; empty where no version is given.
  var version: TextRange
  /// The next provision of the same name, or -1.
  var next: Int32
}
