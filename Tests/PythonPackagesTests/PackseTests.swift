import Essentials
import FoundationEssentials
import Glibc
import PythonPackages
import SystemPackage
import TestSupport
import Testing

/// The resolver scenarios of packse, where the folder stands beside the repository.
@Suite struct PackseTests {
  static let folder: FilePath? = {
    let named = getenv("HARDTACK_PACKSE").map { FilePath(String(cString: $0)) }
    let folder = named ?? PythonTools.repository.appending("../shared/packse")
    return access(folder.appending("scenarios").string, R_OK) == 0 ? folder : nil
  }()

  static let scenarios: [String] = {
    guard let folder, let handle = opendir(folder.appending("scenarios").string) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".json") { names.append(name) }
    }
    return names.sorted()
  }()

  @Test(.enabled(if: folder != nil, "no packse scenarios beside the repository"), arguments: scenarios)
  func `a scenario is answered as its expectation says`(file: String) async throws {
    let folder = try #require(Self.folder)
    let bytes = try DurableFile.read(folder.appending("scenarios").appending(file))
    let scenario = try JSONDecoder().decode(PackseScenario.self, from: Data(bytes))
    let request = ResolutionRequest(
      requirements: try scenario.root.requires.map { RequestedRequirement(try Requirement(parsing: $0)) },
      environment: MarkerTests.target)
    do {
      let resolution = try await PythonResolver.resolve(request, index: try scenario.index())
      let found = Dictionary(
        uniqueKeysWithValues: resolution.wheels.map { ($0.name.description, $0.version.description) })
      let accepted = [scenario.hardtack.expected] + (scenario.hardtack.also_accepted ?? [])
      #expect(accepted.contains { $0.satisfiable && $0.packages == found }, "\(found)")
    } catch let diagnostic as Diagnostic {
      #expect(!scenario.hardtack.expected.satisfiable, "\(diagnostic)")
      #expect(diagnostic.category == .noSolution)
      #expect(!diagnostic.notes.isEmpty)
    }
  }
}

struct PackseScenario: Decodable {
  struct Root: Decodable { var requires: [String] }
  struct Release: Decodable {
    var requires_python: String?
    var requires: [String]
    var extras: [String: [String]]
    var wheel: Bool
    var sdist: Bool
    var yanked: Bool
    var wheel_tags: [String]
  }
  struct Package: Decodable { var versions: [String: Release] }
  struct Outcome: Decodable {
    var satisfiable: Bool
    var packages: [String: String]
  }
  struct Expectation: Decodable {
    var expected: Outcome
    var also_accepted: [Outcome]?
  }

  var root: Root
  var packages: [String: Package]
  var hardtack: Expectation

  func index() throws -> MemoryIndex {
    var index = MemoryIndex()
    for (name, package) in packages {
      for (version, release) in package.versions.sorted(by: { $0.key < $1.key }) {
        try index.add(
          name, version, requires: release.requires, extras: release.extras,
          tags: release.wheel ? release.wheel_tags : [],
          hasSource: release.sdist, requiresPython: release.requires_python, yanked: release.yanked ? "" : nil
        )
      }
    }
    return index
  }
}
