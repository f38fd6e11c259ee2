/// A processor architecture, with the names that each part of the world gives it.
package enum Architecture: String, Sendable, Hashable, Codable, CaseIterable {
  case amd64
  case arm64

  /// Debian's name: `amd64`, `arm64`.
  package var debian: String { rawValue }

  /// OCI's (Go's) name: `amd64`, `arm64`.
  package var oci: String { rawValue }

  /// The kernel's, and Python's, name: `x86_64`, `aarch64`.
  package var machine: String {
    switch self {
    case .amd64: "x86_64"
    case .arm64: "aarch64"
    }
  }

  /// The architecture of the machine that this program was built for.
  package static var host: Architecture {
    #if arch(arm64)
      .arm64
    #else
      .amd64
    #endif
  }
}
