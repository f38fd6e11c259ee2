import Essentials
import Lockfiles
import PythonPackages
import SystemPackage

/// A version and what it's written back as.
struct PythonText {
  let version: PythonVersion

  init?(_ text: String) {
    guard let version = PythonVersion(text) else { return nil }
    precondition(PythonVersion(version.description) == version)
    self.version = version
  }

  static func check(_ versions: [PythonText]) {
    for (one, other) in zip(versions, versions.dropFirst()) {
      let (one, other) = (one.version, other.version)
      precondition((one < other) != (other <= one) && (one == other) == !(one < other || other < one))
      if one == other { precondition(one.hashValue == other.hashValue) }
    }
  }
}

extension Subject {
  private static let target = PythonVersion("3.11.2").map { python in
    TargetEnvironment(
      python: python, architecture: .amd64, glibc: TargetEnvironment.GlibcVersion(major: 2, minor: 36))
  }
  private static let project = ProjectName("fuzz")

  static func requirements(_ bytes: [UInt8]) {
    guard let target else { return }
    for text in texts(bytes) {
      if let requirement = try? Requirement(parsing: text) {
        _ = requirement.applies(to: target)
        // What is written back means the same.
        precondition((try? Requirement(parsing: requirement.description)) == requirement)
      }
      _ = (try? Marker(parsing: text))?.holds(in: target)
      _ = VersionSpecifiers(text)?.description
    }
  }

  static func pages(_ bytes: [UInt8]) {
    guard let project else { return }
    for type in ["application/vnd.pypi.simple.v1+json", "text/html"] {
      _ = try? ProjectPage(name: project, url: "https://example.test/fuzz/", contentType: type, bytes: bytes)
    }
  }

  static func locks(_ bytes: [UInt8]) {
    guard let target else { return }
    for format in LockFormat.allCases {
      _ = try? format.read(bytes, file: "fuzz", environment: target)
    }
  }

  static func wheels(_ bytes: [UInt8]) {
    guard let target, let name = WheelFilename("fuzz-1-py3-none-any.whl") else { return }
    _ = try? CoreMetadata(parsing: bytes, file: "fuzz")
    for text in texts(bytes) {
      _ = WheelFilename(text).flatMap { CompatibleTags(for: target).rank(of: $0) }
    }
    // As over a network, in parts, from the end.
    var reader = WheelMetadataReader(name, size: Int64(bytes.count))
    for _ in 0..<64 {
      guard case .fetch(let range)? = try? reader.step() else { break }
      reader.add(Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]), at: range.lowerBound)
    }
  }

  static func lockfile(_ bytes: [UInt8]) {
    guard let lockfile = try? Lockfile.parse(bytes, file: "fuzz", edited: { _ in }) else { return }
    // What is read can be written, and read again.
    precondition((try? Lockfile.parse(Array(lockfile.text.utf8), file: "fuzz")) == lockfile)
    for pin in lockfile.debian.packages { _ = try? lockfile.explanations(of: pin.name) }
    _ = LockfileDifference(from: nil, to: lockfile).summary
  }
}
