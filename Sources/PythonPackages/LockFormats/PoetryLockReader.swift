import Essentials

/// Reads `poetry.lock`: what `poetry install --only main --no-root` installs.
///
/// Source: `poetry/packages/locker.py` of Poetry's source, version 2.1 of the format, which Poetry 2 writes. Earlier ones say
/// neither to which groups a project belongs nor for which environments it is, without which nothing can be chosen.
struct PoetryLockReader {
  private let root: TOMLTable
  private let environment: TargetEnvironment
  private let tables: [TOMLTable]

  init(_ root: TOMLTable, _ environment: TargetEnvironment) throws(Diagnostic) {
    self.root = root
    self.environment = environment
    tables = try root.tables("package")
  }

  func read() throws(Diagnostic) -> [LockedProject] {
    guard let metadata = try root.table("metadata") else { throw root.missing("metadata") }
    guard let version = try metadata.string("lock-version") else { throw metadata.missing("lock-version") }
    guard let number = PythonVersion(version), number.major == 2, number.minor >= 1 else {
      let isOld = PythonVersion(version).map { $0.major <= 2 } ?? false
      throw metadata.refusal(
        "lock-version",
        "lock-version \(version.prefix(20).printable) "
          + (isOld
            ? "doesn't say which projects are needed in which environment; 2.1 does" : "isn't known; 2.1 is"),
        hints: [
          isOld
            ? "run 'poetry lock' of Poetry 2, which keeps the pins"
            : "lock again with Poetry 2, or use a newer hardtack"
        ])
    }
    try metadata.requirePython(
      "python-versions", environment, of: "the lockfile is", read: PoetryConstraint.alternatives)
    var sources: [LockSource] = []
    for table in tables { sources.append(try source(of: table)) }
    let usual = LockSource.usual(sources)
    var projects: [LockedProject] = []
    var taken: [TOMLTable] = []
    for (table, source) in zip(tables, sources) where try isInstalled(table) {
      let name = try table.projectName()
      try LockSource.require(source, of: name, at: table.location, usual: usual)
      try table.requirePython(
        "python-versions", environment, of: "'\(name)' is locked", read: PoetryConstraint.alternatives)
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

  private func isInstalled(_ table: TOMLTable) throws(Diagnostic) -> Bool {
    guard table.has("groups") else { throw table.missing("groups") }
    guard try table.strings("groups").contains("main"), try table.boolean("optional") != true else {
      return false
    }
    if table.isTable("markers"), let markers = try table.table("markers") {
      return try markers.holds("main", in: environment)
    }
    return try table.holds("markers", in: environment)
  }

  private func source(of table: TOMLTable) throws(Diagnostic) -> LockSource {
    guard let source = try table.table("source") else { return .index("") }
    switch try source.string("type") {
    case "legacy": return .index(try source.string("url") ?? "")
    case "git": return .elsewhere("a repository")
    case "url": return .elsewhere("an address")
    case "file": return .elsewhere("a file")
    case "directory": return .elsewhere("a folder")
    default: throw Diagnostic(.usage, "a source of this kind isn't known", at: source.location)
    }
  }

  private func wheels(of table: TOMLTable, _ name: ProjectName, _ version: PythonVersion) throws(Diagnostic)
    -> [LockedProject.LockedWheel]
  {
    var wheels: [LockedProject.LockedWheel] = []
    for file in try table.tables("files") {
      guard let text = try file.string("file") else { throw file.missing("file") }
      guard text.hasSuffix(".whl") else { continue }
      wheels.append(
        .init(filename: try file.wheelName(text, name, version), digest: try file.digest("hash"), size: nil))
    }
    return wheels
  }

  private func source(of table: TOMLTable, _ name: ProjectName, _ version: PythonVersion) throws(Diagnostic)
    -> LockedProject.LockedSource?
  {
    for file in try table.tables("files") {
      guard let text = try file.string("file"),
        DistributionFile.isSource(text, of: name.description, version.description)
      else { continue }
      return .init(filename: text, digest: try file.digest("hash"), size: nil)
    }
    return nil
  }

  /// Who asks for whom. Poetry writes down what extras ask for only where they are asked for; what the project itself asks for
  /// stands in pyproject.toml alone, so whoever nobody asks for counts as requested.
  private func addReasons(to projects: inout [LockedProject], _ tables: [TOMLTable]) throws(Diagnostic) {
    var askers: [ProjectName: Set<ProjectName>] = [:]
    for (project, table) in zip(projects, tables) {
      guard let dependencies = try table.table("dependencies") else { continue }
      let extras = (try table.table("extras")?.keys ?? []).compactMap { ProjectName($0) }
      for key in dependencies.keys {
        guard let name = ProjectName(key), name != project.name else { continue }
        let conditions = dependencies.anyTables(key)
        // A plain version holds everywhere.
        var applies = conditions.isEmpty
        for condition in conditions {
          guard let text = try condition.string("markers") else {
            applies = true
            continue
          }
          let marker = try condition.marker(text, "markers")
          applies =
            applies || marker.holds(in: environment)
            || extras.contains { marker.holds(in: environment, extra: $0) }
        }
        if applies { askers[name, default: []].insert(project.name) }
      }
    }
    for index in projects.indices {
      projects[index].askedForBy = askers[projects[index].name, default: []].sorted()
      projects[index].isRequested = projects[index].askedForBy.isEmpty
    }
  }
}
