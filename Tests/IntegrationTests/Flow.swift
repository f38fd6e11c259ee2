import Essentials
import FoundationEssentials
import SystemPackage
import TestSupport

/// The example's recipe, a store and pools of a test's own, and the built program.
final class Flow: Sendable {
  let folder: TemporaryFolder
  let recipe: FilePath
  let store: FilePath
  let environment: [String: String]
  private let aftermath: Aftermath

  init() async throws {
    folder = try TemporaryFolder()
    store = folder.appending("cache")
    recipe = folder.appending("recipes/logic")
    try DurableFile.createFolder(folder.appending("recipes"))
    _ = try await Command(
      "cp", ["-r", BuiltProgram.package.pushing("recipes/logic").string, recipe.string]
    ).output()
    var environment = ProcessInfo.processInfo.environment
    environment["HARDTACK_STORE"] = store.string
    environment["HARDTACK_STATE"] = folder.appending("state").string
    aftermath = try Aftermath(
      endingMachinesIn: folder.appending("state"), of: folder)
    self.environment = environment
  }

  /// Runs the program.
  /// - Parameter isolated: in a network namespace without any network.
  /// - Returns: what it wrote to standard output.
  /// - Throws: where it fails, with what it said.
  @discardableResult
  func hardtack(_ arguments: String..., isolated: Bool = false, input: String = "") async throws -> String {
    let program = [BuiltProgram.path("hardtack").string] + arguments
    let words = (isolated ? ["unshare", "--net"] : []) + program
    let command = Command(
      words[0], Array(words.dropFirst()), environment: environment, input: Array(input.utf8))
    return String(decoding: try await command.output(), as: UTF8.self)
  }

  func json<Value: Decodable>(_ type: Value.Type, _ arguments: String...) async throws -> Value {
    let command = Command(
      BuiltProgram.path("hardtack").string, arguments + ["--json"], environment: environment)
    return try JSONDecoder().decode(type, from: Data(try await command.output()))
  }

  /// What a root shell in an instance says to `script`.
  func shell(_ instance: String, _ script: String) async throws -> String {
    // In one line, since the shell shows a prompt before the next; and it shows what is typed, so the marks must not be in
    // it as they're printed.
    let typed = "stty -echo; echo BEG''IN; { \(script); }; echo E''ND; exit\n"
    // A carriage return and the line feed behind it are one Character, so it's taken out as a scalar.
    let said = String(
      String.UnicodeScalarView(
        try await hardtack("console", instance, input: typed).unicodeScalars.filter { $0 != "\r" }))
    let parts = said.components(between: "BEGIN\n", and: "END\n")
    guard let parts else { throw Diagnostic(.failed, "the shell of \(instance) said: \(said)") }
    return parts
  }

  /// A page of a running instance.
  func page(_ port: Int, _ path: String) async throws -> String {
    let command = Command("curl", ["-fsS", "--max-time", "60", "http://127.0.0.1:\(port)\(path)"])
    return String(decoding: try await command.output(), as: UTF8.self)
  }
}

extension String {
  fileprivate func components(between start: String, and end: String) -> String? {
    guard let head = firstRange(of: start), let tail = self[head.upperBound...].firstRange(of: end) else {
      return nil
    }
    return String(self[head.upperBound..<tail.lowerBound])
  }
}

/// What `pools --json` says, as far as the tests read it.
struct Pool: Decodable {
  struct Instance: Decodable {
    struct Forward: Decodable {
      let host: Int
    }
    let name: String
    let state: String
    let healthy: Bool?
    let forwards: [Forward]
  }
  let name: String
  let instances: [Instance]
}

/// What `bake --json` says.
struct Baked: Decodable {
  struct Layer: Decodable {
    let name: String
    let digest: String
    let new: Bool
  }
  let image: String
  let index: String
  let layers: [Layer]
  let checksRun: Int
}
