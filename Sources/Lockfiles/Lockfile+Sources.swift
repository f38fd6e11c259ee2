package import Essentials

extension Lockfile {
  /// A pinned source distribution and what its wheel is built with.
  ///
  /// The wheel itself is pinned too, as the ``PythonPin`` of the same name: where it isn't stored it's built again, and has to
  /// be the same.
  package struct SourcePin: Sendable, Equatable {
    /// Normalised.
    package var name: String
    package var version: String
    /// The source distribution's file name.
    package var file: String
    /// In bytes.
    package var size: Int64
    package var digest: Digest
    /// The wheels that it's built with, sorted by name.
    package private(set) var requires: [PythonPin]

    /// - Parameter requires: in any order; they're sorted.
    package init(
      name: String, version: String, file: String, size: Int64, digest: Digest, requires: [PythonPin] = []
    ) {
      self.name = name
      self.version = version
      self.file = file
      self.size = size
      self.digest = digest
      self.requires = requires.sorted { precedes($0.name, $1.name) }
    }

    /// The same with other wheels to build with.
    package func requiring(_ requires: [PythonPin]) -> SourcePin {
      SourcePin(name: name, version: version, file: file, size: size, digest: digest, requires: requires)
    }
  }

  /// A wheel that was built.
  package struct BuiltWheel: Sendable, Equatable {
    /// Its file name.
    package var file: String
    /// In bytes.
    package var size: Int64
    package var digest: Digest

    package init(file: String, size: Int64, digest: Digest) {
      self.file = file
      self.size = size
      self.digest = digest
    }
  }

  /// A file that a Python index has: a wheel or a source distribution.
  package struct IndexFile: Sendable, Equatable {
    package var name: String
    package var version: String
    package var file: String
    /// In bytes.
    package var size: Int64
    package var digest: Digest
  }
}

extension Lockfile.Python {
  /// The source distribution that a wheel is built from; nil where the index has the wheel.
  package func source(of pin: Lockfile.PythonPin) -> Lockfile.SourcePin? {
    sources.first { $0.name == pin.name }
  }

  /// What comes from a Python index, each content once: wheels, source distributions, and the wheels those are built with.
  package var indexFiles: [Lockfile.IndexFile] {
    let wheels = packages.filter { source(of: $0) == nil } + sources.flatMap(\.requires)
    let files =
      wheels.map { pin in
        Lockfile.IndexFile(
          name: pin.name, version: pin.version, file: pin.file, size: pin.size, digest: pin.digest)
      }
      + sources.map { pin in
        Lockfile.IndexFile(
          name: pin.name, version: pin.version, file: pin.file, size: pin.size, digest: pin.digest)
      }
    var seen: Set<Digest> = []
    return files.filter { seen.insert($0.digest).inserted }
  }
}
