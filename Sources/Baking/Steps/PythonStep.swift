import Essentials
import Lockfiles
import PythonPackages
import Storage
import SystemPackage

/// The Python environment: every locked wheel, installed by this program, and the .pyc files.
struct PythonStep: LayerStep {
  struct Wheel: Sendable {
    let name: String
    let filename: WheelFilename
    let digest: Digest
    let isRequested: Bool
    /// How it's made where it isn't stored; nil where it was fetched.
    let build: SourceBuild?
  }

  let below: [Layer]
  let runtime: PythonRuntime
  /// The interpreter's whole version.
  let python: PythonVersion
  /// Absolute, in the image.
  let environment: FilePath
  let wheels: [Wheel]

  var name: String { "python" }

  var key: ActionKey {
    var inputs: [String: Digest] = [:]
    for layer in below { inputs["below " + layer.name] = layer.digest }
    for wheel in wheels { inputs["wheel " + wheel.filename.text] = wheel.digest }
    return ActionKey(
      "python layer", version: BakeContext.version, inputs: inputs,
      parameters: [
        "environment": environment.string, "python": "\(python) \(runtime.key)",
        "requested": wheels.filter(\.isRequested).map(\.name).joined(separator: " "),
      ])
  }

  func makeTree(_ context: BakeContext) async throws -> FilePath {
    for wheel in wheels where !context.store.contains(wheel.digest) { try await build(wheel, context) }
    let upper = try context.workspace.makeFolder("python")
    let sandbox = try context.sandbox(over: below, writingTo: upper)
    let stage = context.progress.stage("installing wheels", items: wheels.count)
    _ = try UpperTree(upper: upper, lowers: sandbox.lowers).makeFolders(environment.string)
    try VirtualEnvironment.create(environment, in: upper, python: python)
    let installer = WheelInstaller(root: upper, environment: environment, series: runtime.version)
    for wheel in wheels {
      try Task.checkCancellation()
      stage.detail(wheel.name)
      try installer.install(
        try PythonPackages.Wheel(try context.store.open(wheel.digest), filename: wheel.filename),
        isRequested: wheel.isRequested)
      stage.advance(items: 1)
    }
    stage.detail("compiling")
    try await runtime.compile(environment.string, in: sandbox)
    stage.finish()
    return upper
  }

  private func build(_ wheel: Wheel, _ context: BakeContext) async throws {
    guard let build = wheel.build else { return }
    let built = try await build.wheel(context)
    guard built.digest != wheel.digest else { return }
    throw Diagnostic(
      .verificationFailed,
      "building \(build.source.name) \(build.source.version) gave another wheel than is pinned",
      notes: ["  pinned:   \(wheel.digest)", "  built:    \(built.digest)"],
      hints: [
        "its build isn't the same each time: fetch the wheel from the store of whoever locked it, with 'hardtack fetch --from'",
        "or run 'hardtack lock --upgrade \(build.source.name)' to pin the one that was built here",
      ])
  }
}
