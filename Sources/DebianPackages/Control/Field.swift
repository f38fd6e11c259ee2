/// The fields of a binary package's paragraph that mean something here (deb-control(5), and the fields that
/// archives add to it).
enum Field: Int, CaseIterable, Sendable {
  case package, version, architecture, multiArch, essential, protected, important, priority, section, source
  case preDepends, depends, conflicts, breaks, recommends, suggests, replaces, enhances, provides
  case filename, size, sha256, phasedUpdatePercentage

  var name: StaticString {
    switch self {
    case .package: "package"
    case .version: "version"
    case .architecture: "architecture"
    case .multiArch: "multi-arch"
    case .essential: "essential"
    case .protected: "protected"
    case .important: "important"
    case .priority: "priority"
    case .section: "section"
    case .source: "source"
    case .preDepends: "pre-depends"
    case .depends: "depends"
    case .conflicts: "conflicts"
    case .breaks: "breaks"
    case .recommends: "recommends"
    case .suggests: "suggests"
    case .replaces: "replaces"
    case .enhances: "enhances"
    case .provides: "provides"
    case .filename: "filename"
    case .size: "size"
    case .sha256: "sha256"
    case .phasedUpdatePercentage: "phased-update-percentage"
    }
  }

  /// The field that `name` spells in any case, or nil where it's none of these.
  init?(_ name: Bytes) {
    guard let first = name.first, let last = name.last else { return nil }
    // Length and last letter tell all but two pairs apart, and save most comparisons.
    for field in Self.byLength[min(name.count, Self.byLength.count - 1)] {
      let wanted = UnsafeBufferPointer(start: field.name.utf8Start, count: field.name.utf8CodeUnitCount)
      guard wanted.count == name.count, first.lowercased == wanted[0],
        last.lowercased == wanted[wanted.count - 1]
      else { continue }
      if zip(name, wanted).allSatisfy({ $0.lowercased == $1 }) {
        self = field
        return
      }
    }
    return nil
  }

  private static let byLength: [[Field]] = {
    var table: [[Field]] = Array(repeating: [], count: 26)
    for field in allCases { table[field.name.utf8CodeUnitCount].append(field) }
    return table
  }()
}
