import Essentials
import PythonPackages
import Testing

/// An index made of what a test says.
struct MemoryIndex: PythonIndex {
  private var files: [ProjectName: [DistributionFile]] = [:]
  private var metadata: [String: CoreMetadata] = [:]

  mutating func add(
    _ name: String, _ version: String, requires: [String] = [], extras: [String: [String]] = [:],
    tags: [String] = ["py3-none-any"], hasSource: Bool = false, requiresPython: String? = nil,
    yanked: String? = nil
  ) throws {
    let project = try #require(ProjectName(name))
    let stem = project.description.replacing("-", with: "_") + "-\(version)"
    var requirements = try requires.map { try Requirement(parsing: $0) }
    for (extra, texts) in extras {
      let extra = try #require(ProjectName(extra))
      for text in texts {
        var requirement = try Requirement(parsing: text)
        let asked = Marker.comparison(.variable(.extra), .equal, .literal(extra.description))
        requirement.marker = requirement.marker.map { .all([$0, asked]) } ?? asked
        requirements.append(requirement)
      }
    }
    let names = tags.map { "\(stem)-\($0).whl" } + (hasSource ? ["\(stem).tar.gz"] : [])
    for filename in names {
      let kind = try #require(
        WheelFilename(filename).map { .wheel($0) }
          ?? PythonVersion(version).map { DistributionFile.Kind.source($0) })
      files[project, default: []].append(
        DistributionFile(
          filename: filename, kind: kind, url: "https://example.test/\(filename)",
          sha256: Digest(of: filename),
          requiresPython: requiresPython.flatMap { VersionSpecifiers($0) }, yanked: yanked,
          coreMetadata: .absent))
      metadata[filename] = CoreMetadata(
        name: project, version: try #require(PythonVersion(version)), requirements: requirements,
        requiresPython: requiresPython.flatMap { VersionSpecifiers($0) },
        extras: extras.keys.compactMap { ProjectName($0) })
    }
  }

  func page(of project: ProjectName) async throws -> ProjectPage? {
    files[project].map { ProjectPage(name: project, files: $0) }
  }

  func metadata(of file: DistributionFile, page: ProjectPage) async throws -> CoreMetadata {
    try #require(metadata[file.filename])
  }
}
