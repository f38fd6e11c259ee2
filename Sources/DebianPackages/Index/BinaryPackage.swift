package import Essentials

/// One version of a binary package as a package index describes it.
package struct BinaryPackage: Sendable, Hashable {
  /// deb-control(5): how a package stands to packages of other architectures.
  package enum MultiArch: String, Sendable, Hashable {
    case no, same, foreign, allowed
  }

  /// Policy 2.5. A lower raw value matters more.
  package enum Priority: UInt8, Sendable, Hashable, Comparable {
    case required = 1
    case important, standard, optional, extra

    package static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
  }

  package var name: PackageName
  package var version: DebianVersion
  /// `amd64`, `all`.
  package var architecture: String
  /// The source package it was built from, where another name than its own.
  package var source: String?
  package var section: String?
  package var priority: Priority?
  package var isEssential: Bool
  package var isProtected: Bool
  package var multiArch: MultiArch

  package var preDepends: [RelationGroup]
  package var depends: [RelationGroup]
  package var recommends: [RelationGroup]
  package var conflicts: [RelationGroup]
  package var breaks: [RelationGroup]
  package var replaces: [RelationGroup]
  package var provides: [RelationGroup]

  /// Where it lies under the archive's base, as the archive writes it; percent signs are not decoded.
  package var path: String
  /// In bytes.
  package var size: Int64
  package var digest: Digest
  /// 0 to 100, where the archive phases updates.
  package var phasedUpdatePercentage: Int?
  /// Which of the index's archives it comes from.
  package var archive: PackageArchive

  package static func == (a: BinaryPackage, b: BinaryPackage) -> Bool {
    a.name == b.name && a.version.text == b.version.text && a.architecture == b.architecture
      && a.digest == b.digest
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(digest)
  }
}
