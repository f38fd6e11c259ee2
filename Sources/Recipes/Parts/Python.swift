package import DebianPackages
package import Essentials
package import PythonPackages
package import SystemPackage

extension Recipe {
  /// The Python environment and what is asked to be in it.
  package struct PythonEnvironment: Sendable {
    /// What the recipe's `requirements` come to.
    package enum Requirements: Sendable {
      /// From the recipe itself, or from a requirements file and those that it includes.
      case listed([RequirementEntry])
      /// Another tool's lockfile, whose pins are kept.
      case locked(LockFormat, Located<RecipePath>, content: [UInt8])
    }

    package var requirements: Requirements
    /// Where the environment is put in the image.
    package var environment: FilePath
    /// Versions that bind only what is installed anyhow: from `constraints` and from `-c` includes.
    package var constraints: [RequirementEntry]
    /// The projects whose wheels may be built from source, in the order of their names.
    package var build: [ProjectName]
    /// Debian packages that building needs and the image doesn't have.
    package var buildPackages: [Located<PackageRequest>]
  }

  /// A requirement, its place, and the hashes that a requirements file allows for it.
  package struct RequirementEntry: Sendable, Equatable {
    package var requirement: Requirement
    /// Empty where any file of a fitting version is allowed.
    package var hashes: [Digest]
    package var location: Diagnostic.Location
  }
}

extension RecipeReader {
  func python(_ field: Field) throws(Diagnostic) -> Recipe.PythonEnvironment {
    let fields = try Fields(field.node, of: .python)
    var constraints: [Recipe.RequirementEntry] = []
    var requirements: Recipe.PythonEnvironment.Requirements
    let source = try fields.required("requirements")
    if source.isList {
      var entries: [Recipe.RequirementEntry] = []
      for element in try source.elements() { entries.append(try requirement(element)) }
      requirements = .listed(entries)
    } else {
      let path = try requirementsPath(source)
      if let format = LockFormat(fileName: path.relative.lastComponent?.string ?? "") {
        let content = try DurableFile.read(path.real, limit: 64 << 20)
        requirements = .locked(format, Located(path, at: source.location), content: content)
      } else {
        var reader = RequirementsFileReader(folder: folder, shownFolder: file.removingLastComponent())
        try reader.read(path)
        requirements = .listed(reader.requirements)
        constraints += reader.constraints
      }
    }
    if let field = fields["constraints"] {
      var reader = RequirementsFileReader(folder: folder, shownFolder: file.removingLastComponent())
      try reader.read(try requirementsPath(field), asConstraints: true)
      constraints += reader.constraints
    }
    let environment = try fields["environment"].map { field throws(Diagnostic) in try imagePath(field) }
    var packages: [Located<PackageRequest>] = []
    for element in try fields["build-packages"]?.elements() ?? [] { packages.append(try package(element)) }
    return Recipe.PythonEnvironment(
      requirements: requirements, environment: environment ?? "/opt/venv", constraints: constraints,
      build: try projects(fields["build"]), buildPackages: packages)
  }

  private func projects(_ field: Field?) throws(Diagnostic) -> [ProjectName] {
    var names: [ProjectName] = []
    for element in try field?.elements() ?? [] {
      let text = try element.text().value
      guard let name = ProjectName(text) else {
        throw element.wrong("must be a project's name, not '\(text.printable)'")
      }
      guard !names.contains(name) else { throw element.wrong("names the project '\(name)' a second time") }
      names.append(name)
    }
    return names.sorted()
  }

  private func requirementsPath(_ field: Field) throws(Diagnostic) -> RecipePath {
    let path = try folder.path(field).value
    guard !path.isFolder else { throw field.wrong("must name a file, not the folder '\(path.relative)'") }
    return path
  }

  private func requirement(_ field: Field) throws(Diagnostic) -> Recipe.RequirementEntry {
    let text = try field.text().value
    do throws(Diagnostic) {
      return Recipe.RequirementEntry(
        requirement: try Requirement(parsing: text), hashes: [], location: field.location)
    } catch {
      var refusal = error
      refusal.category = .usage
      refusal.location = field.location
      throw refusal
    }
  }
}
