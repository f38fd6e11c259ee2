import Essentials
import Storage
import SystemPackage

/// The application: the recipe's source, its .pyc files, and what its build commands make of it.
struct ApplicationStep: LayerStep {
  let below: [Layer]
  let source: SourceTree
  /// Absolute, in the image.
  let destination: String
  let commands: [BuildCommand]
  let python: PythonRuntime?

  static let layerName = "application"
  var name: String { Self.layerName }

  var key: ActionKey {
    ActionKey(
      "application layer", version: BakeContext.version, inputs: inputs,
      parameters: [
        "destination": destination, "python": python?.key ?? "",
        "commands": commands.map { "\($0.run.utf8.count):\($0.run)" }.joined(),
      ])
  }

  private var inputs: [String: Digest] {
    var inputs = ["source": source.digest]
    for layer in below { inputs["below " + layer.name] = layer.digest }
    for (index, command) in commands.enumerated() { inputs["inputs \(index)"] = command.inputs?.digest }
    return inputs
  }

  func makeTree(_ context: BakeContext) async throws -> FilePath {
    let upper = try context.workspace.makeFolder("application")
    let sandbox = try context.sandbox(over: below, writingTo: upper)
    let stage = context.progress.stage("building the application")
    let tree = UpperTree(upper: upper, lowers: sandbox.lowers)
    if let python {
      let modules = CompiledModules(source: source, destination: destination, below: below, python: python)
      let (known, missing) = try modules.lookUp(context.store)
      async let compiled = modules.compile(missing, context)
      try source.copy(to: destination, in: tree)
      let base = try tree.makeFolders(destination)
      try modules.place(known, in: base)
      try modules.place(try await compiled, in: base)
    } else {
      try source.copy(to: destination, in: tree)
    }
    for command in commands {
      stage.detail(command.run)
      if let inputs = command.inputs {
        try await ReusedOutput(command: command, inputs: inputs, step: self).place(in: upper, context)
      } else {
        try await Self.run(command.run, in: destination, sandbox, python)
      }
    }
    stage.finish()
    return upper
  }

  /// Runs a command of the recipe and throws where it fails, with what it said.
  static func run(_ command: String, in folder: String, _ sandbox: Sandbox, _ python: PythonRuntime?)
    async throws
  {
    let result = try await sandbox.run(command, in: folder, environment: python?.environment ?? [:])
    guard result.status == 0 else {
      throw Diagnostic(
        .failed, "the build command '\(command)' failed with exit code \(result.status)",
        notes: Command.tail(result.outputText),
        hints: ["it ran in \(folder) of the image, as root, without network"])
    }
  }
}

/// A command of the recipe that makes files of the application.
struct BuildCommand: Sendable {
  let run: String
  /// The part of the source that it may see; nil where it sees all.
  let inputs: SourceTree?
}

/// The image's Python and its environment.
struct PythonRuntime: Sendable {
  /// As in `3.11`.
  let version: String
  /// The folder of the environment in the image; nil where only the system's own Python is there.
  let environmentFolder: String?

  var key: String { "\(version) \(environmentFolder ?? "")" }

  /// What commands of the recipe find in their environment: the environment's programs first.
  var environment: [String: String] {
    guard let environmentFolder else { return [:] }
    return [
      "PATH": "\(environmentFolder)/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "VIRTUAL_ENV": environmentFolder,
    ]
  }

  /// Writes the .pyc files of everything below `folder`. They name their source by its hash and are never checked
  /// against it, since neither changes.
  func compile(_ folder: String, in sandbox: Sandbox) async throws {
    try await compile("-j 0 \(ShellWord.quote(folder))", input: "", of: folder, sandbox)
  }

  /// Writes the .pyc files of `modules`, by their paths in the image.
  func compile(_ modules: [String], in sandbox: Sandbox) async throws {
    // Several processes take a while to start.
    let list = modules.map { $0 + "\n" }.joined()
    try await compile("-j \(modules.count > 300 ? 0 : 1) -i -", input: list, of: "the application", sandbox)
  }

  private func compile(_ arguments: String, input: String, of subject: String, _ sandbox: Sandbox)
    async throws
  {
    let result = try await sandbox.run(
      "exec python\(version) -S -m compileall -q --invalidation-mode unchecked-hash \(arguments)",
      input: Array(input.utf8))
    // Exit code 1: a file has a syntax error. Wheels ship such files on purpose (tests, other Pythons); one of the
    // application's own shows when it's imported.
    guard result.status <= 1 else {
      throw Diagnostic(
        .failed, "compiling the Python files of \(subject) failed", notes: Command.tail(result.outputText))
    }
  }
}
