package import Essentials

/// All package versions that the archives in hand offer for one architecture.
///
/// It keeps the text of the indexes and a small record for each paragraph; whatever else a package says is
/// read from its paragraph when it's needed.
package final class PackageIndex: Sendable {
  /// The index file of one archive.
  package struct Part: Sendable {
    package var archive: PackageArchive
    package var text: IndexText

    package init(_ archive: PackageArchive, _ text: IndexText) {
      self.archive = archive
      self.text = text
    }
  }

  package let architecture: Architecture
  let parts: [Part]
  /// What was read from the parts. A kept form of it spares reading them: see ``init(_:tables:architecture:)``.
  package let tables: PackageTables

  /// Reads `parts` in order, which should be that of the machine's apt sources: it decides between
  /// versions and providers that are equal in everything else.
  /// - Throws: the line at which an index is malformed.
  package init(_ parts: [Part], architecture: Architecture) throws(Diagnostic) {
    var reader = IndexReader(architecture: architecture)
    for (number, part) in parts.enumerated() {
      let archive = part.archive
      try reader.read(
        part.text, number: Int32(number),
        name: archive.component.isEmpty ? archive.suite : "\(archive.suite)/\(archive.component)")
    }
    self.architecture = architecture
    self.parts = parts
    tables = PackageTables(reader)
  }

  /// The same without reading the texts of `parts`.
  /// - Parameter tables: what was read from the same texts, in the same order and for the same architecture.
  /// - Returns: nil where `tables` can't be that.
  package init?(_ parts: [Part], tables: IndexText, architecture: Architecture) {
    guard let tables = PackageTables(tables, of: parts.map { $0.text.buffer.count }) else { return nil }
    self.architecture = architecture
    self.parts = parts
    self.tables = tables
  }

  var names: NameTable { tables.names }
  var entries: UnsafeBufferPointer<PackageEntry> { tables.entries }
  var provisions: UnsafeBufferPointer<Provision> { tables.provisions }
  /// By name: its last entry, or -1.
  var firstEntry: UnsafeBufferPointer<PackageEntry.ID> { tables.firstEntry }
  /// By name: its last provision, or -1.
  var firstProvision: UnsafeBufferPointer<Int32> { tables.firstProvision }

  /// How many package versions there are.
  package var count: Int { entries.count }

  /// The versions of the package `name`, in the order of the archives.
  package func packages(named name: PackageName) throws(Diagnostic) -> [BinaryPackage] {
    guard let id = names.find(name.text) else { return [] }
    var packages: [BinaryPackage] = []
    for entry in entries(named: id) { packages.append(try package(entry)) }
    return packages
  }

  /// Whether some version of a package is called `name`.
  package func contains(_ name: PackageName) -> Bool {
    names.find(name.text).map { firstEntry[Int($0)] >= 0 } ?? false
  }

  /// The names of all real packages, in the order in which they first come up.
  package var packageNames: some Sequence<String> {
    (0..<NameTable.ID(names.count)).lazy.filter { self.firstEntry[Int($0)] >= 0 }.map { self.names[$0] }
  }

  /// The entries of a name, in the order of the archives.
  func entries(named id: NameTable.ID) -> [PackageEntry.ID] {
    var found: [PackageEntry.ID] = []
    var entry = firstEntry[Int(id)]
    while entry >= 0 {
      found.append(entry)
      entry = entries[Int(entry)].next
    }
    return found.reversed()
  }

  func version(_ entry: PackageEntry.ID) -> VersionParts {
    let entry = entries[Int(entry)]
    return VersionParts(parts[Int(entry.text)].text[entry.version])
  }

  func versionText(_ entry: PackageEntry.ID) -> Bytes {
    let entry = entries[Int(entry)]
    return parts[Int(entry.text)].text[entry.version]
  }

  func archive(_ entry: PackageEntry.ID) -> PackageArchive { parts[Int(entries[Int(entry)].text)].archive }
}

extension PackageIndex {
  /// Whether `name` is a package, or something that packages provide.
  package func offers(_ name: PackageName) -> Bool {
    guard let id = names.find(name.text) else { return false }
    return firstEntry[Int(id)] >= 0 || firstProvision[Int(id)] >= 0
  }
}
