import Essentials
import Storage
import SystemPackage

/// What a build command made of its declared inputs: made again only when one of them changes.
///
/// The command sees its inputs and nothing else of the application, so its output can depend on nothing else.
/// The output is stored as a layer of its own, which no image lists.
struct ReusedOutput {
  let command: BuildCommand
  let inputs: SourceTree
  let step: ApplicationStep

  /// Puts the output into the tree of the application.
  func place(in upper: FilePath, _ context: BakeContext) async throws {
    let output = try await context.layer(
      OutputStep(command: command.run, inputs: inputs, destination: step.destination, step: step))
    try LayerReader.unpack(
      try context.store.open(output.digest), name: "the output of '\(command.run)'", into: upper)
  }
}

private struct OutputStep: LayerStep {
  let command: String
  let inputs: SourceTree
  let destination: String
  let step: ApplicationStep

  var name: String { "output" }

  var key: ActionKey {
    var digests = ["inputs": inputs.digest]
    for layer in step.below { digests["below " + layer.name] = layer.digest }
    return ActionKey(
      "build command", version: BakeContext.version, inputs: digests,
      parameters: ["command": command, "destination": destination, "python": step.python?.key ?? ""])
  }

  func makeTree(_ context: BakeContext) async throws -> FilePath {
    let source = try context.workspace.makeFolder("inputs")
    let upper = try context.workspace.makeFolder("output")
    var sandbox = try context.sandbox(over: step.below, writingTo: upper)
    try inputs.copy(to: destination, in: UpperTree(upper: source, lowers: sandbox.lowers))
    sandbox.lowers.append(source)
    try await ApplicationStep.run(command, in: destination, sandbox, step.python)
    return upper
  }
}
