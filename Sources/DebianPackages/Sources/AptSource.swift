package import Essentials
package import SystemPackage

/// One suite of one archive that a machine's apt is set up for.
package struct AptSource: Sendable, Hashable {
  /// What its Release file must be signed by.
  package enum SignedBy: Sendable, Hashable {
    /// Any key that the machine trusts for all archives.
    case trustedKeyrings
    /// A keyring file.
    case keyring(FilePath)
    /// Several keyring files, any of whose keys will do.
    case keyrings([FilePath])
    /// Only these of the keys that the machine trusts for all archives: fingerprints in upper case, with an
    /// exclamation mark behind one whose subkeys don't count.
    case fingerprints([String])
    /// Keys that stand in the source's own paragraph, ASCII-armoured.
    case embedded(String)

    /// The keys that count; any where empty.
    var fingerprints: [String] {
      if case .fingerprints(let list) = self { list } else { [] }
    }
  }

  /// Without a slash at the end.
  package var uri: String
  /// As the source names it: a suite or a codename.
  package var suite: String
  package var components: [String]
  package var signedBy: SignedBy
  /// Where the source was read.
  package var location: Diagnostic.Location

  package init(
    uri: String, suite: String, components: [String], signedBy: SignedBy, location: Diagnostic.Location
  ) {
    self.uri = uri
    self.suite = suite
    self.components = components
    self.signedBy = signedBy
    self.location = location
  }

  /// The folder of the suite's Release file.
  package var releaseFolder: String { "\(uri)/dists/\(suite)" }
}

extension AptSource {
  /// The binary package sources of a machine, in apt's order: `sources.list`, then the files of `sources.list.d`
  /// by name. Flat archives (a suite that ends with a slash) and disabled sources are left out.
  ///
  /// Format: sources.list(5), both styles.
  /// - Parameters:
  ///   - root: the machine's root folder.
  ///   - architecture: sources for other architectures are left out.
  package static func all(root: FilePath = "/", architecture: Architecture) throws(Diagnostic) -> [AptSource]
  {
    let folder = root.appending("etc/apt")
    var sources: [AptSource] = []
    let reader = AptSourceReader(architecture: architecture)
    let main = folder.appending("sources.list")
    if FolderContents.exists(main) { sources += try reader.readLines(main) }
    for name in try FolderContents.names(folder.appending("sources.list.d")) {
      let file = folder.appending("sources.list.d").appending(name)
      if name.hasSuffix(".list") { sources += try reader.readLines(file) }
      if name.hasSuffix(".sources") { sources += try reader.readParagraphs(file) }
    }
    var seen: Set<String> = []
    return sources.filter { seen.insert("\($0.uri) \($0.suite) \($0.components)").inserted }
  }
}
