import Essentials
package import SystemPackage

extension Recipe {
  /// The application: a folder of the recipe, copied and then built in place.
  package struct Application: Sendable, Equatable {
    package var source: Located<RecipePath>
    package var destination: FilePath
    /// What of the source stays out.
    package var exclude: [Glob]
    package var build: [Located<BuildStep>]

    /// Whether the file or folder at `path`, relative to the source, is part of the application.
    package func includes(_ path: some StringProtocol, isFolder: Bool = false) -> Bool {
      !exclude.contains { $0.matches(path, isFolder: isFolder) }
    }
  }

  /// A command run in the application's folder, in the sandbox, offline.
  package struct BuildStep: Sendable, Equatable {
    /// For the shell.
    package var run: String
    /// The files of the application that the command may see, alone; its result is reused while they don't
    /// change. Nil: it sees all of them.
    package var inputs: [Glob]?
  }
}

extension RecipeReader {
  func application(_ field: Field) throws(Diagnostic) -> Recipe.Application {
    let fields = try Fields(field.node, of: .application)
    let sourceField = try fields.required("source")
    let source = try folder.path(sourceField)
    guard source.value.isFolder else {
      throw sourceField.wrong("must name a folder, not the file '\(source.value.relative)'")
    }
    let destination = try imagePath(try fields.required("destination"))
    let exclude = try globs(fields["exclude"])
    var build: [Located<Recipe.BuildStep>] = []
    for element in try fields["build"]?.elements() ?? [] { build.append(try step(element)) }
    return Recipe.Application(source: source, destination: destination, exclude: exclude, build: build)
  }

  private func step(_ field: Field) throws(Diagnostic) -> Located<Recipe.BuildStep> {
    guard field.isMapping else {
      return Located(Recipe.BuildStep(run: try field.command(), inputs: nil), at: field.location)
    }
    let fields = try Fields(field.node, of: .build)
    let run = try fields.required("run")
    var inputs: [Glob]?
    if let field = fields["inputs"] {
      let patterns = try globs(field)
      guard !patterns.isEmpty else {
        throw field.wrong("is empty", hint: "leave the key out where the command may see all files")
      }
      inputs = patterns
    }
    return Located(Recipe.BuildStep(run: try run.command(), inputs: inputs), at: run.location)
  }

  func globs(_ field: Field?) throws(Diagnostic) -> [Glob] {
    var globs: [Glob] = []
    for element in try field?.elements() ?? [] {
      let text = try element.text().value
      do throws(Glob.Fault) {
        globs.append(try Glob(text))
      } catch {
        throw element.wrong("is '\(text)', which is no pattern: \(error.text)")
      }
    }
    return globs
  }
}
