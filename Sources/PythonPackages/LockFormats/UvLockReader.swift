import Essentials

/// Reads `uv.lock`: what `uv sync --no-dev` installs beside the project itself.
///
/// Source: uv's documentation, "Resolver internals", and `crates/uv-resolver/src/lock` of its source, version 1 of the format.
struct UvLockReader {
  private struct Package {
    var table: TOMLTable
    var name: ProjectName
    var version: PythonVersion?
    var source: LockSource
    /// The folder of a project that is part of the workspace.
    var folder: String?
  }

  private struct Visit: Hashable {
    var package: Int
    var extra: ProjectName?
  }

  private let root: TOMLTable
  private let environment: TargetEnvironment
  private let packages: [Package]
  private let byName: [ProjectName: [Int]]
  private var visits: [Visit] = []
  private var seen: Set<Visit> = []
  private var askers: [Int: Set<ProjectName>] = [:]
  private var requested: Set<Int> = []

  init(_ root: TOMLTable, _ environment: TargetEnvironment) throws(Diagnostic) {
    self.root = root
    self.environment = environment
    guard let version = try root.integer("version") else { throw root.missing("version") }
    guard version == 1 else {
      throw root.refusal(
        "version", "version \(version) of uv's format isn't known; 1 is",
        hints: ["export with 'uv export --format pylock.toml', or use a newer hardtack"])
    }
    var packages: [Package] = []
    var byName: [ProjectName: [Int]] = [:]
    for table in try root.tables("package") {
      let name = try table.projectName()
      guard let source = try table.table("source") else { throw table.missing("source") }
      byName[name, default: []].append(packages.count)
      packages.append(
        Package(
          table: table, name: name, version: try table.version(), source: try Self.kind(of: source),
          folder: try source.string(firstOf: ["editable", "virtual"])))
    }
    self.packages = packages
    self.byName = byName
  }

  private static func kind(of source: TOMLTable) throws(Diagnostic) -> LockSource {
    if let address = try source.string("registry") { return .index(address) }
    for (key, words) in [
      ("git", "a repository"), ("url", "an address"), ("path", "a file"), ("directory", "a folder"),
      ("editable", "a folder"), ("virtual", "a folder"),
    ] where source.has(key) {
      return .elsewhere(words)
    }
    throw Diagnostic(.usage, "a source of this kind isn't known", at: source.location)
  }

  mutating func read() throws(Diagnostic) -> [LockedProject] {
    try root.requirePython("requires-python", environment, of: "the lockfile is")
    try root.requireAnyMarker("supported-markers", environment)
    let project = try self.project()
    visit(project, extra: nil)
    var next = 0
    while next < visits.count {
      try follow(visits[next], project: project)
      next += 1
    }
    let usual = LockSource.usual(packages.map(\.source))
    var projects: [LockedProject] = []
    for index in Set(visits.map(\.package)).subtracting([project]).sorted() {
      projects.append(try locked(index, usual: usual))
    }
    return try LockedProject.sorted(projects)
  }

  /// The project that was locked.
  private func project() throws(Diagnostic) -> Int {
    let members = packages.indices.filter { packages[$0].folder != nil }
    if let here = members.first(where: { packages[$0].folder == "." }) { return here }
    if members.count == 1 { return members[0] }
    throw Diagnostic(
      .usage,
      members.isEmpty
        ? "the lockfile is of no project"
        : "the lockfile is of \(members.count) projects, and none is at its root",
      at: root.location,
      hints: [
        "export what the image is to have: 'uv export --package NAME --format pylock.toml -o pylock.toml'"
      ])
  }

  private mutating func visit(_ package: Int, extra: ProjectName?) {
    let visit = Visit(package: package, extra: extra)
    if seen.insert(visit).inserted { visits.append(visit) }
  }

  private mutating func follow(_ visit: Visit, project: Int) throws(Diagnostic) {
    let package = packages[visit.package]
    let edges: [TOMLTable]
    if let extra = visit.extra {
      guard let extras = try package.table.table("optional-dependencies") else { return }
      // Names of extras are compared in their normalised form (PEP 685).
      guard let key = extras.keys.first(where: { ProjectName($0) == extra }) else { return }
      edges = try extras.tables(key)
    } else {
      edges = try package.table.tables("dependencies")
    }
    for edge in edges where try edge.holds("marker", in: environment) {
      let target = try self.target(of: edge)
      if visit.package == project {
        requested.insert(target)
      } else if target != visit.package {
        askers[target, default: []].insert(package.name)
      }
      self.visit(target, extra: nil)
      for text in try edge.strings("extra") {
        guard let extra = ProjectName(text) else {
          throw edge.refusal("extra", "'\(text.prefix(100).printable)' is no extra's name")
        }
        self.visit(target, extra: extra)
      }
    }
  }

  /// The package that an edge leads to. Where there are several of its name, the edge tells version and source, and
  /// `resolution-markers` tell for which environments each is.
  private func target(of edge: TOMLTable) throws(Diagnostic) -> Int {
    let name = try edge.projectName()
    let version = try edge.version()
    var found = byName[name, default: []].filter { version == nil || packages[$0].version == version }
    if found.count > 1, let table = try edge.table("source") {
      let source = try Self.kind(of: table)
      found = found.filter { packages[$0].source == source }
    }
    if found.count > 1 {
      var fitting: [Int] = []
      for index in found {
        let table = packages[index].table
        for text in try table.strings("resolution-markers")
        where try table.marker(text, "resolution-markers").holds(in: environment) {
          fitting.append(index)
          break
        }
      }
      found = fitting
    }
    guard found.count == 1 else {
      throw Diagnostic(
        .usage,
        "'\(name)' is needed here, and the lockfile has \(found.isEmpty ? "none" : "several") that fit",
        at: edge.location, hints: ["lock again with uv"])
    }
    return found[0]
  }

  private func locked(_ index: Int, usual: LockSource?) throws(Diagnostic) -> LockedProject {
    let package = packages[index]
    let location = package.table.location
    try LockSource.require(package.source, of: package.name, at: location, usual: usual)
    guard let version = package.version else { throw package.table.missing("version") }
    var wheels: [LockedProject.LockedWheel] = []
    for wheel in try package.table.tables("wheels") {
      guard let place = try wheel.string(firstOf: ["filename", "path", "url"]) else {
        throw wheel.missing("url")
      }
      wheels.append(
        .init(
          filename: try wheel.wheelName(lastComponent(place), package.name, version),
          digest: try wheel.digest("hash"), size: try wheel.size()))
    }
    var source: LockedProject.LockedSource?
    if let file = try package.table.table("sdist"),
      let filename = try file.string(firstOf: ["filename", "path", "url"]).map(lastComponent),
      DistributionFile.isSource(filename, of: package.name.description, version.description)
    {
      source = .init(filename: filename, digest: try file.digest("hash"), size: try file.size())
    }
    return LockedProject(
      name: package.name, version: version, wheels: wheels, source: source,
      askedForBy: askers[index, default: []].sorted(), isRequested: requested.contains(index),
      location: location)
  }
}
