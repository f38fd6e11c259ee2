/// The part of an archive that one package index covers: a component of a suite.
package struct PackageArchive: Sendable, Hashable {
  /// What the caller calls the archive: it comes back with every package that is chosen.
  package var identifier: String
  /// `Origin` of the Release file: `Debian`.
  package var origin: String
  package var label: String
  /// `stable-security`.
  package var suite: String
  /// `bookworm-security`.
  package var codename: String
  /// `Version` of the Release file: `12.11`; empty in archives that have none.
  package var version: String
  /// `main`; empty in a flat archive.
  package var component: String
  /// Nothing is taken from it unless asked for.
  package var isNotAutomatic: Bool
  /// Though not automatic, what is installed from it is upgraded from it.
  package var hasAutomaticUpgrades: Bool

  package init(
    identifier: String, origin: String = "", label: String = "", suite: String, codename: String = "",
    version: String = "", component: String = "main", isNotAutomatic: Bool = false,
    hasAutomaticUpgrades: Bool = false
  ) {
    self.identifier = identifier
    self.origin = origin
    self.label = label
    self.suite = suite
    self.codename = codename
    self.version = version
    self.component = component
    self.isNotAutomatic = isNotAutomatic
    self.hasAutomaticUpgrades = hasAutomaticUpgrades
  }

  /// Whether a person who writes `package/NAME` may mean this archive, as apt matches releases: by suite,
  /// codename or version.
  package func answers(to release: String) -> Bool {
    release == suite || release == codename || (!version.isEmpty && release == version)
  }

  /// apt_preferences(5): the priority where no pin says otherwise.
  package var defaultPriority: Int {
    guard isNotAutomatic else { return 500 }
    return hasAutomaticUpgrades ? 100 : 1
  }
}
