/// Which version of each package is the one to install, as apt's policy decides it: the highest priority,
/// and of that the highest version (apt_preferences(5)).
struct Candidates {
  private let index: PackageIndex
  private let pins: PackagePins
  // -2 where it isn't known yet, -1 where there is none.
  private var chosen: [PackageEntry.ID]

  init(_ index: PackageIndex, pins: PackagePins) {
    self.index = index
    self.pins = pins
    chosen = Array(repeating: -2, count: index.names.count)
  }

  /// The candidate of `name`, or -1.
  mutating func entry(_ name: NameTable.ID) -> PackageEntry.ID {
    if chosen[Int(name)] == -2 { chosen[Int(name)] = decide(name) }
    return chosen[Int(name)]
  }

  /// Makes `entry` the candidate of its name.
  mutating func choose(_ entry: PackageEntry.ID) { chosen[Int(index.entries[Int(entry)].name)] = entry }

  /// The entries of `name` from the most to the least preferred; those that may not be installed are left
  /// out.
  func ranked(_ name: NameTable.ID) -> [PackageEntry.ID] {
    // The same version from several archives counts as one.
    var versions: [[PackageEntry.ID]] = []
    for entry in index.entries(named: name) {
      let version = index.version(entry)
      if let same = versions.firstIndex(where: { index.version($0[0]).compare(version) == 0 }) {
        versions[same].append(entry)
      } else {
        versions.append([entry])
      }
    }
    let ranked = versions.map { (priority: pins.priority(of: $0, in: index), entry: $0[0]) }
    return ranked.filter { $0.priority > 0 }.sorted {
      $0.priority != $1.priority
        ? $0.priority > $1.priority : index.version($0.entry).compare(index.version($1.entry)) > 0
    }.map(\.entry)
  }

  private func decide(_ name: NameTable.ID) -> PackageEntry.ID {
    let last = index.firstEntry[Int(name)]
    guard last >= 0 else { return -1 }
    // Most names have one version, and most machines no pin.
    if index.entries[Int(last)].next < 0 { return pins.priority(of: [last], in: index) > 0 ? last : -1 }
    return ranked(name).first ?? -1
  }
}
