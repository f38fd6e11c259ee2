package import Essentials

/// What a source distribution says of how its wheel is built. Nothing of it runs for that.
///
/// Source: the PyPA specifications "Source distribution format" and "pyproject.toml", table `build-system` (PEP 517,
/// PEP 518); where that is missing or names no backend, what pip does.
package struct SourceDistribution: Sendable, Equatable {
  /// What has to be there before the backend can be asked for more.
  package let requires: [Requirement]
  /// The object with the hooks: a module, or a module, a colon and a name in it.
  package let backend: String
  /// The folders in the source that the backend is looked for in, before all others.
  package let backendPath: [String]
  /// The latest time of its files, in seconds since 1970, and not before 1980, when the times of zip archives begin: the
  /// SOURCE_DATE_EPOCH of its build, so that the wheel doesn't depend on the day it's built.
  package let epoch: Int64

  private static let epochs: ClosedRange<Int64> = 315_532_800...4_102_444_800
  private static let fileLimit = 200_000

  /// Reads a source distribution.
  /// - Parameters:
  ///   - archive: the whole file.
  ///   - filename: its name, which tells what kind of archive it is.
  /// - Throws: where it isn't such an archive, or its `build-system` table isn't what it should be.
  package init(_ archive: MappedFile, filename: String) throws(Diagnostic) {
    let reader = try ArchiveReader(archive, format: filename.hasSuffix(".zip") ? .zip : .tar, name: filename)
    var newest = Self.epochs.lowerBound
    var settings: [UInt8]?
    var count = 0
    while let entry = try reader.next() {
      count += 1
      guard count <= Self.fileLimit else {
        throw Diagnostic(.verificationFailed, "\(filename) holds more than \(Self.fileLimit) files")
      }
      newest = max(newest, entry.modified)
      let parts = entry.path.split(separator: "/").filter { $0 != "." }
      guard entry.kind == .file, parts.count == 2, parts[1] == "pyproject.toml" else { continue }
      settings = try reader.readAll(limit: 4 << 20)
    }
    epoch = min(newest, Self.epochs.upperBound)
    let table = try settings.flatMap { text throws(Diagnostic) in
      try TOMLDocument(parsing: text, file: "\(filename)/pyproject.toml").root.table("build-system")
    }
    guard let table else {
      (requires, backend, backendPath) = (Self.legacyRequires, Self.legacyBackend, [])
      return
    }
    guard table.has("requires") else {
      throw table.refusal("requires", "the table 'build-system' lacks the key 'requires'")
    }
    var requires: [Requirement] = []
    for text in try table.strings("requires") {
      do throws(Diagnostic) { requires.append(try Requirement(parsing: text)) } catch {
        throw table.refusal("requires", error.message)
      }
    }
    self.requires = requires
    backend = try table.string("build-backend") ?? Self.legacyBackend
    backendPath = try table.strings("backend-path")
  }

  private static let legacyBackend = "setuptools.build_meta:__legacy__"
  private static let legacyRequires = [ProjectName("setuptools")].compactMap { $0 }.map {
    Requirement(name: $0)
  }
}
