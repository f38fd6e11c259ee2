import Essentials
package import SystemPackage

/// Runs one of the scripts.
package func python(_ script: String, _ arguments: [String]) async throws -> String {
  let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
  let command = Command(
    "python3", ["-"] + arguments, environment: ["PYTHONUTF8": "1", "PATH": "/usr/bin:/bin"],
    input: Array(lines.joined(separator: "\n").utf8))
  return String(decoding: try await command.output(), as: UTF8.self)
}

/// What can be seen of a tree, a line an entry.
package func show(_ tree: FilePath, _ options: String...) async throws -> [Substring] {
  try await python(TreeScripts.show, [tree.string] + options).split(separator: "\n")
}

/// Mounts an index and its layers by the kernel, through loop devices, while `body` runs.
/// - Throws: also where the machine has no loop devices or the kernel no EROFS, with what they said.
package func withMounted<Result>(
  _ index: FilePath, layers: [FilePath] = [], at point: FilePath, _ body: (FilePath) async throws -> Result
) async throws -> Result {
  try DurableFile.createFolder(point)
  var devices: [String] = []
  var isMounted = false
  func release() async {
    if isMounted { _ = try? await Command("umount", ["--lazy", point.string]).output() }
    if !devices.isEmpty { _ = try? await Command("losetup", ["--detach"] + devices).output() }
  }
  do {
    for file in [index] + layers {
      let command = Command("losetup", ["--find", "--show", "--read-only", file.string])
      devices.append(String(decoding: try await command.output().dropLast(), as: UTF8.self))
    }
    let options = (["ro"] + devices.dropFirst().map { "device=\($0)" }).joined(separator: ",")
    _ = try await Command("mount", ["-t", "erofs", "-o", options, devices[0], point.string]).output()
    isMounted = true
    let result = try await body(point)
    await release()
    return result
  } catch {
    await release()
    throw error
  }
}
