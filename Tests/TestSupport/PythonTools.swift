import Essentials
import FoundationEssentials
import Glibc
package import SystemPackage

/// Python with `packaging` and uv, installed once into the build folder from the index that the machine's pip uses.
package enum PythonTools {
  package static let repository = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()
  private static let folder = repository.appending(".build/test-tools/python")

  /// What a newer one reads in another way is looked at when it's put here, not on the day on which it comes out.
  private static let versions = ["pip==26.3", "packaging==26.4", "uv==0.13.9"]

  private static let installation = Task { () async throws -> FilePath in
    let ready = folder.appending("ready-2")
    if access(ready.string, F_OK) == 0 { return folder }
    try DurableFile.createFolder(folder.removingLastComponent())
    _ = try await Command("python3", ["-m", "venv", "--clear", folder.string]).output()
    _ = try await Command(
      folder.appending("bin/pip").string, ["install", "--quiet"] + versions
    ).output()
    try DurableFile.write([], to: ready)
    return folder
  }

  /// The path of a program of the virtual environment.
  package static func program(_ name: String) async throws -> String {
    try await installation.value.appending("bin/\(name)").string
  }

  /// The same with what a requirements file names, in a virtual environment of its own.
  package static func program(_ name: String, with requirements: FilePath) async throws -> String {
    let text = String(decoding: try DurableFile.read(requirements), as: UTF8.self)
    let folder = repository.appending(".build/test-tools/\(Digest(of: text).short)")
    let ready = folder.appending("ready-1")
    if access(ready.string, F_OK) != 0 {
      _ = try await Command("python3", ["-m", "venv", "--clear", folder.string]).output()
      _ = try await Command(
        folder.appending("bin/pip").string, ["install", "--quiet", "--requirement", requirements.string]
      ).output()
      try DurableFile.write([], to: ready)
    }
    return folder.appending("bin/\(name)").string
  }

  /// Runs `script`, which finds `question` as `question` and leaves its answer as `answer`.
  package static func ask<Question: Encodable, Answer: Decodable>(
    _ script: String, _ question: Question, as type: Answer.Type = Answer.self
  ) async throws -> Answer {
    let whole =
      "import json, sys\nquestion = json.load(sys.stdin)\n\(script)\njson.dump(answer, sys.stdout)\n"
    let input = Array(try JSONEncoder().encode(question))
    let output = try await Command(try await program("python"), ["-c", whole], input: input).output()
    return try JSONDecoder().decode(Answer.self, from: Data(output))
  }
}
