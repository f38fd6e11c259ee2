import Essentials
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
}
