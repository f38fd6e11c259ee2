package import Essentials

/// What a distribution says of itself in METADATA, as far as choosing and installing needs it.
///
/// Source: the PyPA specification "Core metadata" (PEP 241, 314, 345, 566, 643, 685).
package struct CoreMetadata: Sendable, Hashable {
  package var name: ProjectName
  package var version: PythonVersion
  package var requirements: [Requirement]
  package var requiresPython: VersionSpecifiers?
  package var extras: [ProjectName]

  package init(
    name: ProjectName, version: PythonVersion, requirements: [Requirement] = [],
    requiresPython: VersionSpecifiers? = nil, extras: [ProjectName] = []
  ) {
    self.name = name
    self.version = version
    self.requirements = requirements
    self.requiresPython = requiresPython
    self.extras = extras
  }

  /// The longest METADATA read, in bytes.
  package static let limit = 16 << 20

  /// Reads METADATA.
  /// - Parameters:
  ///   - bytes: the file.
  ///   - file: what messages call it.
  /// - Throws: where name or version are missing or a requirement is none.
  package init(parsing bytes: [UInt8], file: String) throws(Diagnostic) {
    guard bytes.count <= Self.limit else {
      throw Diagnostic(
        .verificationFailed, "\(file) has \(bytes.count) bytes; at most \(Self.limit) are read")
    }
    var name: ProjectName?
    var version: PythonVersion?
    var requirements: [Requirement] = []
    var requiresPython: VersionSpecifiers?
    var extras: [ProjectName] = []
    for header in HeaderLines(bytes) {
      let location = Diagnostic.Location(file: file, line: header.line)
      switch header.name {
      case "name": name = name ?? ProjectName(header.value)
      case "version": version = version ?? PythonVersion(header.value)
      case "requires-python": requiresPython = VersionSpecifiers(lenient: header.value)
      case "provides-extra":
        // Old metadata has extras that are no names; nothing can ask for them.
        if let extra = ProjectName(header.value) { extras.append(extra) }
      case "requires-dist":
        do {
          requirements.append(try Requirement(parsing: header.value))
        } catch {
          throw Diagnostic(.verificationFailed, error.message, at: location)
        }
      default: continue
      }
    }
    guard let name, let version else {
      throw Diagnostic(
        .verificationFailed, "\(file) has no readable \(name == nil ? "Name" : "Version")")
    }
    self.init(
      name: name, version: version, requirements: requirements, requiresPython: requiresPython, extras: extras
    )
  }
}
