package import Essentials

/// A file that a project offers on its page of an index.
package struct DistributionFile: Sendable, Hashable {
  /// What kind of distribution it is, by its name.
  package enum Kind: Sendable, Hashable {
    case wheel(WheelFilename)
    case source(PythonVersion)
  }

  /// Whether the index offers the file's METADATA by itself (PEP 658, PEP 714), at the file's URL and `.metadata`.
  package enum CoreMetadata: Sendable, Hashable {
    case absent
    /// Offered, with its digest where the index gives one.
    case offered(Digest?)
  }

  package var filename: String
  package var kind: Kind
  /// Absolute where the page's own URL is known, without a fragment.
  package var url: String
  package var sha256: Digest?
  /// In bytes (PEP 700).
  package var size: Int64?
  /// When it was uploaded, as the index writes it (PEP 700): an ISO 8601 date and time in UTC.
  package var uploaded: String?
  /// The Pythons it's for; nil where it doesn't say, or says what is no version specifier.
  package var requiresPython: VersionSpecifiers?
  /// Why it was withdrawn (PEP 592), perhaps without a reason; nil where it wasn't.
  package var yanked: String?
  package var coreMetadata: CoreMetadata

  package init(
    filename: String, kind: Kind, url: String, sha256: Digest? = nil, size: Int64? = nil,
    uploaded: String? = nil,
    requiresPython: VersionSpecifiers? = nil, yanked: String? = nil, coreMetadata: CoreMetadata = .absent
  ) {
    self.filename = filename
    self.kind = kind
    self.url = url
    self.sha256 = sha256
    self.size = size
    self.uploaded = uploaded
    self.requiresPython = requiresPython
    self.yanked = yanked
    self.coreMetadata = coreMetadata
  }

  package var version: PythonVersion {
    switch kind {
    case .wheel(let wheel): wheel.version
    case .source(let version): version
    }
  }

  /// Whether it's a source distribution, which has to be built.
  package var isSource: Bool {
    if case .source = kind { true } else { false }
  }

  /// Of two source distributions of a version the one whose form the standard names (PEP 625); else the first by name.
  func isBetterSource(than other: DistributionFile) -> Bool {
    let (mine, others) = (filename.hasSuffix(".tar.gz"), other.filename.hasSuffix(".tar.gz"))
    return mine == others ? filename < other.filename : mine
  }

  /// Where the METADATA stands by itself, where the index offers it.
  package var metadataURL: String? { coreMetadata == .absent ? nil : url + ".metadata" }
}

extension DistributionFile {
  /// Whether `filename` is that of a source distribution of `project` in `version`.
  package static func isSource(_ filename: String, of project: String, _ version: String) -> Bool {
    guard let name = ProjectName(project), case .source(let found) = Kind(filename: filename, project: name)
    else { return false }
    return found == PythonVersion(version)
  }
}

extension DistributionFile.Kind {
  /// The kind of `filename` among the files of `project`; nil for what is neither wheel nor sdist of it.
  init?(filename: String, project: ProjectName) {
    if let wheel = WheelFilename(filename) {
      guard wheel.name == project else { return nil }
      self = .wheel(wheel)
      return
    }
    // As long as a wheel's may be: every dash is tried.
    guard filename.utf8.count <= 1024 else { return nil }
    let endings = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"]
    guard let ending = endings.first(where: { filename.hasSuffix($0) }) else { return nil }
    // NAME-VERSION; older names may hold further dashes, so the split that gives the project's name counts.
    let stem = filename.dropLast(ending.count)
    for dash in stem.indices.reversed() where stem[dash] == "-" {
      guard ProjectName(stem[..<dash]) == project else { continue }
      guard let version = PythonVersion(stem[stem.index(after: dash)...]) else { return nil }
      self = .source(version)
      return
    }
    return nil
  }
}
