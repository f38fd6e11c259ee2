import Essentials
import SystemPackage
import TestSupport

/// The built program, run as a person would.
struct Program {
  /// The whole environment.
  var environment: [String: String]
  /// What stands for them in what is said: paths and addresses that differ from run to run.
  var names: [(text: String, name: String)] = []
  var workingDirectory: FilePath?

  struct Outcome: Equatable {
    var code: Int32
    var output: String
    var error: String
  }

  static let path = BuiltProgram.path("hardtack")

  init(_ workshop: Workshop) {
    environment = workshop.environment
    names = [
      (workshop.recipe.string, "RECIPE"), (workshop.store.string, "STORE"),
      (workshop.server.address, "SERVER"),
      (workshop.folder.path.string, "FOLDER"),
    ]
  }

  /// With nothing but an empty folder.
  init(_ folder: TemporaryFolder) {
    let path = folder.path.string
    environment = [
      "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": path + "/home", "XDG_CACHE_HOME": path + "/cache",
      "XDG_STATE_HOME": path + "/state",
    ]
    names = [(path, "FOLDER")]
    workingDirectory = folder.path
  }

  func run(_ arguments: String...) async throws -> Outcome { try await run(arguments) }

  func run(_ arguments: [String]) async throws -> Outcome {
    let result = try await Command(
      Self.path.string, arguments, environment: environment, workingDirectory: workingDirectory
    ).run()
    return Outcome(code: result.status, output: named(result.outputText), error: named(result.errorText))
  }

  func start(_ arguments: String..., error: FilePath) throws(Diagnostic) -> ChildProcess {
    try ChildProcess(Self.path.string, arguments, environment: environment, error: error)
  }

  func named(_ text: String) -> String {
    names.reduce(text) { text, pair in text.replacing(pair.text, with: pair.name) }
  }
}

/// All paths under `folder`, sorted, folders with a slash at the end.
func listing(_ folder: FilePath) async throws -> [String] {
  let result = try await Command("find", [folder.string, "-mindepth", "1", "-printf", "%P%y\\n"]).run()
  return result.outputText.split(separator: "\n").map { line in
    line.hasSuffix("d") ? line.dropLast() + "/" : String(line.dropLast())
  }.sorted()
}
