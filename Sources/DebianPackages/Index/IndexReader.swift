import Essentials

/// Reads package indexes into the tables that ``PackageIndex`` keeps, in one pass over the bytes.
struct IndexReader {
  private(set) var names = NameCollector()
  private(set) var entries: [PackageEntry] = []
  private(set) var provisions: [Provision] = []
  private(set) var firstEntry: [PackageEntry.ID] = []
  private(set) var firstProvision: [Int32] = []
  private let architecture: [UInt8]

  init(architecture: Architecture) {
    self.architecture = Array(architecture.debian.utf8)
    entries.reserveCapacity(1 << 16)
  }

  /// More than this a paragraph or a text cannot be addressed.
  private static let largestText = Int(UInt32.max)

  mutating func read(_ text: IndexText, number: Int32, name: String) throws(Diagnostic) {
    guard text.buffer.count < Self.largestText else {
      throw Diagnostic(.verificationFailed, "the package index of \(name) is larger than 4 GiB")
    }
    var scanner = ControlScanner(text.buffer)
    var fields = ParagraphFields()
    var start = 0
    do throws(ControlScanner.Fault) {
      while let item = try scanner.next() {
        switch item {
        case .field(let fieldName, let value):
          if fields.isEmpty { start = fieldName.startIndex }
          if let field = Field(fieldName) { fields[field] = value }
          fields.isEmpty = false
        case .end(let end):
          guard add(fields, TextRange(start: UInt32(start), count: UInt32(end - start)), number) else {
            throw ControlScanner.Fault(offset: start)
          }
          fields.removeAll()
        }
      }
    } catch {
      throw Diagnostic(
        .verificationFailed,
        "line \(scanner.line(at: error.offset)) of the package index of \(name) is malformed",
        hints: ["the archive or a proxy on the way serves a damaged file; run the command again later"])
    }
    growTables()
  }

  private mutating func add(_ fields: ParagraphFields, _ paragraph: TextRange, _ text: Int32) -> Bool {
    guard let name = fields[.package]?.trimmed(), PackageName.isName(name),
      let version = fields[.version]?.trimmed(),
      VersionParts.isAcceptable(version)
    else { return false }
    var flags: PackageEntry.Flags = []
    if let value = fields[.architecture]?.trimmed(), !value.elementsEqual(architecture) {
      guard value.elementsEqual("all".utf8) else { return true }
      flags.insert(.isForAll)
    }
    if fields.says(.essential, "yes") { flags.insert(.essential) }
    if fields.says(.protected, "yes") || fields.says(.important, "yes") { flags.insert(.protected) }
    if fields.says(.multiArch, "same") { flags.insert(.sameArchitecture) }
    if fields.says(.multiArch, "foreign") { flags.insert(.foreignArchitecture) }
    if fields.says(.multiArch, "allowed") { flags.insert(.allowedArchitecture) }

    let id = names.intern(name)
    for field in Self.mentions {
      if let value = fields[field] { intern(value) }
    }
    growTables()
    let entry = PackageEntry.ID(entries.count)
    entries.append(
      PackageEntry(
        name: id, text: text, paragraph: paragraph, version: IndexText.range(version), flags: flags,
        priority: fields.priority, next: firstEntry[Int(id)]))
    firstEntry[Int(id)] = entry
    if let value = fields[.provides] { provide(value, by: entry) }
    if flags.contains(.allowedArchitecture) {
      provide(name, qualified: true, version: IndexText.range(version), by: entry)
    }
    return true
  }

  /// The fields whose names count for the order of names, in the order in which apt reads them.
  private static let mentions: [Field] = [
    .preDepends, .depends, .conflicts, .breaks, .recommends, .suggests, .replaces, .enhances, .provides,
  ]

  // Takes the names out of a field of relations. Faults are left to whoever reads the field in earnest.
  private mutating func intern(_ field: Bytes) {
    var index = field.startIndex
    let end = field.endIndex
    while index < end {
      while index < end, field[index].isWhitespace { index += 1 }
      let start = index
      while index < end, !Self.endsName(field[index]) { index += 1 }
      if index > start { _ = names.intern(field[start..<index]) }
      while index < end, field[index] != UInt8(ascii: ","), field[index] != UInt8(ascii: "|") { index += 1 }
      index += 1
    }
  }

  private static func endsName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: "["): true
    default: byte.isWhitespace
    }
  }

  private mutating func provide(_ field: Bytes, by owner: PackageEntry.ID) {
    var scanner = RelationScanner(field)
    // A Provides that is malformed provides what stands before the fault; dpkg would refuse the package.
    while let scanned = try? scanner.next() {
      guard scanned.comparison == nil || scanned.comparison == .exactly else { continue }
      let version = scanned.comparison == nil ? .none : IndexText.range(scanned.version)
      provide(scanned.name, qualified: false, version: version, by: owner)
      if entries[Int(owner)].flags.contains(.allowedArchitecture) {
        provide(scanned.name, qualified: true, version: version, by: owner)
      }
    }
  }

  private mutating func provide(
    _ name: Bytes, qualified: Bool, version: TextRange, by owner: PackageEntry.ID
  ) {
    let id: NameTable.ID
    if qualified {
      id = (Array(name) + Array(":any".utf8)).withUnsafeBufferPointer { names.intern($0[...]) }
    } else {
      id = names.intern(name)
    }
    growTables()
    provisions.append(Provision(owner: owner, version: version, next: firstProvision[Int(id)]))
    firstProvision[Int(id)] = Int32(provisions.count - 1)
  }

  private mutating func growTables() {
    let missing = names.count - firstEntry.count
    guard missing > 0 else { return }
    firstEntry.append(contentsOf: repeatElement(-1, count: missing))
    firstProvision.append(contentsOf: repeatElement(-1, count: missing))
  }
}

/// The known fields of one paragraph, as slices.
struct ParagraphFields {
  private var values = [Bytes?](repeating: nil, count: Field.allCases.count)
  var isEmpty = true

  subscript(field: Field) -> Bytes? {
    get { values[field.rawValue] }
    set { values[field.rawValue] = newValue }
  }

  mutating func removeAll() {
    for index in values.indices { values[index] = nil }
    isEmpty = true
  }

  /// Whether `field` holds `word`, in any case.
  func says(_ field: Field, _ word: StaticString) -> Bool {
    guard let value = self[field]?.trimmed() else { return false }
    let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    return value.count == wanted.count && zip(value, wanted).allSatisfy { $0.lowercased == $1 }
  }

  /// A ``BinaryPackage/Priority``, 0 where none is named; a word that isn't known counts as `extra`, as in
  /// apt.
  var priority: UInt8 {
    guard self[.priority] != nil else { return 0 }
    let words: [(StaticString, BinaryPackage.Priority)] = [
      ("required", .required), ("important", .important), ("standard", .standard), ("optional", .optional),
    ]
    return (words.first { says(.priority, $0.0) }?.1 ?? .extra).rawValue
  }
}
