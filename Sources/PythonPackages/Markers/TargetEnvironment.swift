package import Essentials

/// The Python that wheels are chosen for: that of the image, never of the machine that runs this program.
///
/// It's always CPython on Linux with the GNU C library.
package struct TargetEnvironment: Sendable, Hashable {
  /// A version of the GNU C library.
  package struct GlibcVersion: Sendable, Hashable, Comparable {
    package var major: Int
    package var minor: Int

    package init(major: Int, minor: Int) {
      self.major = major
      self.minor = minor
    }

    package static func < (a: GlibcVersion, b: GlibcVersion) -> Bool {
      (a.major, a.minor) < (b.major, b.minor)
    }
  }

  /// The interpreter's whole version: `3.11.2`.
  package let python: PythonVersion
  package let architecture: Architecture
  package let glibc: GlibcVersion

  /// - Parameters:
  ///   - python: the interpreter's whole version, three components at least where they are known.
  ///   - architecture: the processor's.
  ///   - glibc: the version of the C library, which decides which manylinux wheels run.
  package init(python: PythonVersion, architecture: Architecture, glibc: GlibcVersion) {
    self.python = python
    self.architecture = architecture
    self.glibc = glibc
  }

  /// The two components that name a release series: `3.11`.
  package var series: String { "\(python.major).\(python.minor)" }

  /// The value of a marker's variable.
  ///
  /// `platform_release` and `platform_version` tell of a running kernel; before there is one they are empty,
  /// as for uv where it resolves for another platform.
  func value(of variable: Marker.Variable) -> String {
    switch variable {
    case .implementationName: "cpython"
    case .implementationVersion, .pythonFullVersion: python.description
    case .osName: "posix"
    case .platformMachine: architecture.machine
    case .platformRelease, .platformVersion: ""
    case .platformSystem: "Linux"
    case .pythonImplementation: "CPython"
    case .pythonVersion: series
    case .sysPlatform: "linux"
    case .extra, .extras, .dependencyGroups: ""
    }
  }
}
