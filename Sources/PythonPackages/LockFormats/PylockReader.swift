import Essentials

/// Reads `pylock.toml`.
///
/// Source: the PyPA specification "pylock.toml" (PEP 751), "Installation" above all.
struct PylockReader {
  private let root: TOMLTable
  private let environment: TargetEnvironment

  init(_ root: TOMLTable, _ environment: TargetEnvironment) throws(Diagnostic) {
    self.root = root
    self.environment = environment
    guard let version = try root.string("lock-version") else { throw root.missing("lock-version") }
    guard version == "1" || version.hasPrefix("1.") else {
      throw root.refusal(
        "lock-version", "lock-version \(version.prefix(20).printable) isn't known; 1.0 is",
        hints: ["lock again with a tool that writes 1.0, or use a newer hardtack"])
    }
  }

  func read() throws(Diagnostic) -> [LockedProject] {
    try root.requireAnyMarker("environments", environment)
    try root.requirePython("requires-python", environment, of: "the lockfile is")
    let groups = Set(try root.strings("default-groups").compactMap { ProjectName($0) })
    let tables = try root.tables("packages")
    var sources: [LockSource] = []
    for table in tables { sources.append(try source(of: table)) }
    let usual = LockSource.usual(sources)
    var projects: [LockedProject] = []
    var taken: [TOMLTable] = []
    for (table, source) in zip(tables, sources) {
      let name = try table.projectName()
      guard try table.holds("marker", in: environment, groups: groups) else { continue }
      // The project that was locked: an image has it as its application.
      if try table.table("directory")?.string("path").map(Self.isHere) == true { continue }
      try LockSource.require(source, of: name, at: table.location, usual: usual)
      try table.requirePython("requires-python", environment, of: "'\(name)' is locked")
      guard let version = try table.version() else { throw table.missing("version") }
      projects.append(
        LockedProject(
          name: name, version: version, wheels: try wheels(of: table, name, version),
          source: try self.source(of: table, name, version), location: table.location))
      taken.append(table)
    }
    try addReasons(to: &projects, taken)
    return try LockedProject.sorted(projects)
  }

  private static func isHere(_ path: String) -> Bool { path == "." || path == "./" || path.isEmpty }

  private func source(of table: TOMLTable) throws(Diagnostic) -> LockSource {
    if table.has("vcs") { return .elsewhere("a repository") }
    if table.has("directory") { return .elsewhere("a folder") }
    if table.has("archive") { return .elsewhere("an archive by its address") }
    return .index(try table.string("index"))
  }

  private func wheels(of table: TOMLTable, _ name: ProjectName, _ version: PythonVersion) throws(Diagnostic)
    -> [LockedProject.LockedWheel]
  {
    var wheels: [LockedProject.LockedWheel] = []
    for wheel in try table.tables("wheels") {
      guard let place = try wheel.string(firstOf: ["name", "path", "url"]) else {
        throw wheel.missing("url")
      }
      let filename = try wheel.wheelName(lastComponent(place), name, version)
      wheels.append(.init(filename: filename, digest: try digest(of: wheel), size: try wheel.size()))
    }
    return wheels
  }

  private func source(of table: TOMLTable, _ name: ProjectName, _ version: PythonVersion) throws(Diagnostic)
    -> LockedProject.LockedSource?
  {
    guard let source = try table.table("sdist") else { return nil }
    guard let place = try source.string(firstOf: ["name", "path", "url"]) else { throw source.missing("url") }
    let filename = lastComponent(place)
    guard DistributionFile.isSource(filename, of: name.description, version.description) else { return nil }
    return .init(filename: filename, digest: try digest(of: source), size: try source.size())
  }

  private func digest(of file: TOMLTable) throws(Diagnostic) -> Digest? {
    guard let hashes = try file.table("hashes") else { throw file.missing("hashes") }
    guard let text = try hashes.string("sha256") else { return nil }
    guard let digest = Digest(hexadecimal: text.lowercased()) else {
      throw hashes.refusal("sha256", "'\(text.prefix(100).printable)' is no SHA-256")
    }
    return digest
  }

  /// Who asks for whom, where the lockfile says so: `packages.dependencies` is optional, and whoever nobody asks for
  /// counts as requested.
  private func addReasons(to projects: inout [LockedProject], _ tables: [TOMLTable]) throws(Diagnostic) {
    var askers: [ProjectName: Set<ProjectName>] = [:]
    for (project, table) in zip(projects, tables) {
      for dependency in try table.tables("dependencies") {
        askers[try dependency.projectName(), default: []].insert(project.name)
      }
    }
    for index in projects.indices {
      projects[index].askedForBy = askers[projects[index].name, default: []].subtracting([
        projects[index].name
      ]).sorted()
      projects[index].isRequested = projects[index].askedForBy.isEmpty
    }
  }
}

extension TOMLTable {
  /// The wheel's name that `text` is.
  /// - Throws: where it is none, or one of another project or version.
  func wheelName(_ text: String, _ name: ProjectName, _ version: PythonVersion) throws(Diagnostic)
    -> WheelFilename
  {
    guard let filename = WheelFilename(text) else {
      throw Diagnostic(.usage, "'\(text.prefix(100).printable)' is no wheel's name", at: location)
    }
    guard filename.name == name, filename.version == version else {
      throw Diagnostic(
        .usage, "'\(text.prefix(200).printable)' is no wheel of \(name) \(version)", at: location)
    }
    return filename
  }

  /// The size of a file in bytes, where it's given.
  func size() throws(Diagnostic) -> Int64? {
    guard let size = try integer("size") else { return nil }
    guard size > 0 else { throw refusal("size", "a file can't have the size \(size)") }
    return size
  }
}
