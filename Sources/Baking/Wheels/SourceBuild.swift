import Essentials
import FoundationEssentials
import Lockfiles
import PythonPackages
import Storage
import SystemPackage

/// The building of one wheel from its source distribution, in the sandbox: with the locked system and the pinned wheels,
/// and without network.
///
/// Source: PEP 517, "Build backend interface".
struct SourceBuild: Sendable {
  let source: Lockfile.SourcePin
  /// The system that it's built on.
  let system: OSStep
  /// The whole version of the system's Python.
  let python: PythonVersion

  /// What a build backend is asked.
  private enum Hook: String {
    case requires = "get_requires_for_build_wheel"
    case wheel = "build_wheel"
  }

  private func key(_ hook: Hook) -> ActionKey {
    var inputs = ["source": source.digest, "system": system.key.digest]
    for pin in source.requires { inputs["with " + pin.file] = pin.digest }
    return ActionKey(
      hook.rawValue, version: 1, inputs: inputs, parameters: ["file": source.file, "python": "\(python)"])
  }

  /// What the backend wants to have beside what the source's own settings name.
  func requirements(_ context: BakeContext) async throws -> [String] {
    if let known = try context.store.action(for: key(.requires))?.outputs["answer"] {
      return try requirements(in: try context.store.read(known, limit: BuildResult.answerLimit))
    }
    let result = try await run(.requires, context)
    let answer = try result.answer()
    let requirements = try self.requirements(in: answer)
    let digest = try context.store.publish(answer)
    try context.store.record(key(.requires), ActionResult(outputs: ["answer": digest]))
    return requirements
  }

  private func requirements(in answer: [UInt8]) throws(Diagnostic) -> [String] {
    guard let texts = try? JSONDecoder().decode([String].self, from: Data(answer)) else {
      throw Diagnostic(.failed, "the build backend of \(source.file) doesn't say what it requires")
    }
    return texts
  }

  /// The wheel: the one that was built of the very same before, or a new one.
  /// - Throws: where the build fails, or its wheel is of another name or version.
  func wheel(_ context: BakeContext) async throws -> Lockfile.BuiltWheel {
    if let known = try context.store.action(for: key(.wheel)), let digest = known.outputs["wheel"],
      let file = known.metadata["file"], let size = context.store.size(of: digest)
    {
      return Lockfile.BuiltWheel(file: file, size: size, digest: digest)
    }
    let wheel = try await run(.wheel, context).wheel(into: context.store)
    guard let filename = WheelFilename(wheel.file, of: source.name, source.version) else {
      throw Diagnostic(
        .failed,
        "building \(source.name) \(source.version) gave '\(wheel.file.printable)', which is no wheel of that name and version"
      )
    }
    _ = try Wheel(try context.store.open(wheel.digest), filename: filename)
    try context.store.record(
      key(.wheel), ActionResult(outputs: ["wheel": wheel.digest], metadata: ["file": wheel.file]))
    return wheel
  }

  private func run(_ hook: Hook, _ context: BakeContext) async throws -> BuildResult {
    let archive = try context.store.open(source.digest)
    let distribution = try SourceDistribution(archive, filename: source.file)
    let system = try await context.layer(self.system)
    let stage = context.progress.stage("building \(source.name) \(source.version)")
    let upper = try context.workspace.makeFolder("build")
    var sandbox = try context.sandbox(over: [system], writingTo: upper)
    sandbox.epoch = distribution.epoch
    let tree = UpperTree(upper: upper, lowers: sandbox.lowers)
    let folder = try tree.makeFolders(BuildFolder.root)
    for name in [BuildFolder.result, BuildFolder.source] { _ = try tree.makeFolders(name) }
    try archive.withBytes { (bytes) throws(Diagnostic) in
      try UpperTree.write(Array(bytes), to: folder.appending(source.file), mode: 0o644)
    }
    try install(in: upper, context.store)
    let result = try await sandbox.run(
      "exec \(BuildFolder.environment)/bin/python3 -", in: BuildFolder.root,
      environment: [
        "PATH": "\(BuildFolder.environment)/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "VIRTUAL_ENV": BuildFolder.environment,
        "BUILD": ([hook.rawValue, source.file, distribution.backend] + distribution.backendPath)
          .joined(separator: "\n"),
      ], input: Array(BuildFolder.script.utf8))
    guard result.status == 0 else {
      throw Diagnostic(
        .failed, "building \(source.name) \(source.version) from \(source.file) failed",
        notes: Command.tail(result.outputText),
        hints: [
          "it ran on the image's own packages, without network; what it lacks of them belongs into 'build-packages' of the recipe's 'python'"
        ])
    }
    stage.finish()
    return BuildResult(folder: folder, source: source.file)
  }

  /// Installs what the build is pinned to, and nothing else, into an environment of its own.
  private func install(in upper: FilePath, _ store: Store) throws {
    let environment = FilePath(BuildFolder.environment)
    try VirtualEnvironment.create(environment, in: upper, python: python)
    let installer = WheelInstaller(
      root: upper, environment: environment, series: "\(python.major).\(python.minor)")
    for pin in source.requires {
      guard let filename = WheelFilename(pin.file, of: pin.name, pin.version) else {
        throw Lockfile.mismatch(pin.name, pin.version, pin.file)
      }
      try installer.install(
        try Wheel(try store.open(pin.digest), filename: filename), isRequested: false)
    }
  }
}
