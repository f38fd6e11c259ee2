package import Essentials

/// What a recipe came to: every artifact of an image, pinned by its SHA-256.
///
/// It pins content, not places: it names no host, no time of the run and no path of the machine.
package struct Lockfile: Sendable, Equatable {
  /// The version of the format that this program reads and writes.
  package static let version = 1

  /// The digest of what in the recipe bears on resolution.
  package var recipe: Digest
  package var debian: Debian
  /// Nil where the recipe asks for no Python environment.
  package var python: Python?

  package init(recipe: Digest, debian: Debian, python: Python? = nil) {
    self.recipe = recipe
    self.debian = debian
    self.python = python
  }

  /// `SOURCE_DATE_EPOCH` of everything baked from it: the date of the latest Release file, in seconds since 1970.
  package var epoch: Int64 { debian.suites.map(\.date).max() ?? 0 }

  /// The digest of its canonical text.
  package var digest: Digest { Digest(of: Array(text.utf8)) }
}

extension Lockfile {
  /// The operating system's part.
  package struct Debian: Sendable, Equatable {
    package var architecture: Architecture
    /// Sorted by name.
    package private(set) var suites: [Suite]
    /// What is installed, sorted by name, then architecture.
    package private(set) var packages: [DebianPin]
    /// What the initrd is made of and the image doesn't have, sorted likewise.
    package private(set) var initrd: [DebianPin]
    /// What wheels are built with and the image doesn't have, sorted likewise.
    package private(set) var build: [DebianPin]

    /// - Parameters: in any order; they're sorted.
    package init(
      architecture: Architecture, suites: [Suite], packages: [DebianPin], initrd: [DebianPin] = [],
      build: [DebianPin] = []
    ) {
      self.architecture = architecture
      self.suites = suites.sorted { precedes($0.suite, $1.suite) }
      self.packages = packages.sorted(by: DebianPin.precedes)
      self.initrd = initrd.sorted(by: DebianPin.precedes)
      self.build = build.sorted(by: DebianPin.precedes)
    }

    /// Every package that is pinned, whatever for.
    package var all: [DebianPin] { packages + initrd + build }
  }

  /// A signed Release file that packages were taken by.
  package struct Suite: Sendable, Equatable {
    /// What packages refer to it by: the codename (`bookworm-security`), or for an archive of the recipe's own its
    /// name, a slash and the suite.
    package var suite: String
    /// The Release file's own Origin and Label; empty where it has none. They tell archives apart, whatever
    /// host they come from.
    package var origin: String
    package var label: String
    /// The Release file's Date, in seconds since 1970.
    package var date: Int64
    /// The SHA-256 of the signed Release file.
    package var release: Digest

    package init(suite: String, origin: String, label: String, date: Int64, release: Digest) {
      self.suite = suite
      self.origin = origin
      self.label = label
      self.date = date
      self.release = release
    }
  }

  /// A pinned .deb.
  package struct DebianPin: Sendable, Equatable {
    package var name: String
    package var version: String
    /// The package's own: the lockfile's, or `all`.
    package var architecture: String
    /// In bytes.
    package var size: Int64
    package var digest: Digest
    /// Relative to the archive's root: `pool/main/n/nginx/…`.
    package var path: String
    /// The suite it was taken from, by the name that the suite has here.
    package var suite: String
    /// Sorted; never empty.
    package private(set) var because: [Reason]

    package init(
      name: String, version: String, architecture: String, size: Int64, digest: Digest, path: String,
      suite: String, because: [Reason]
    ) {
      self.name = name
      self.version = version
      self.architecture = architecture
      self.size = size
      self.digest = digest
      self.path = path
      self.suite = suite
      self.because = Reason.sorted(because)
    }

    static func precedes(_ one: DebianPin, _ other: DebianPin) -> Bool {
      one.name == other.name
        ? Lockfiles.precedes(one.architecture, other.architecture) : Lockfiles.precedes(one.name, other.name)
    }
  }

  /// The Python environment's part.
  package struct Python: Sendable, Equatable {
    /// The image's own Python, as in `3.11`.
    package var interpreter: String
    /// Sorted by name.
    package private(set) var packages: [PythonPin]
    /// What those of them are built from that the index has no wheel of, sorted by name.
    package private(set) var sources: [SourcePin]

    /// - Parameters: in any order; they're sorted.
    package init(interpreter: String, packages: [PythonPin], sources: [SourcePin] = []) {
      self.interpreter = interpreter
      self.packages = packages.sorted { precedes($0.name, $1.name) }
      self.sources = sources.sorted { precedes($0.name, $1.name) }
    }
  }

  /// A pinned wheel.
  package struct PythonPin: Sendable, Equatable {
    /// Normalised.
    package var name: String
    package var version: String
    /// The wheel's file name.
    package var file: String
    /// In bytes.
    package var size: Int64
    package var digest: Digest
    /// Sorted; never empty.
    package private(set) var because: [Reason]

    package init(
      name: String, version: String, file: String, size: Int64, digest: Digest, because: [Reason]
    ) {
      self.name = name
      self.version = version
      self.file = file
      self.size = size
      self.digest = digest
      self.because = Reason.sorted(because)
    }
  }
}

/// Bytewise order of UTF-8: the same on every machine and in every locale.
func precedes(_ one: String, _ other: String) -> Bool {
  one.utf8.lexicographicallyPrecedes(other.utf8)
}
