package import Essentials
import Glibc
import Images
package import Lockfiles
package import Recipes
package import Storage
package import SystemPackage

/// Bakes a second time, from nothing and in other surroundings, and compares.
///
/// The second bake is a process of its own: with a store that has the artifacts and nothing else, on another file system
/// where one has the room; a copy of the recipe at another place, its folders filled in reverse; another host name, time
/// zone, locale and umask; one processor; and another date for all that runs in the sandbox.
package struct Proof {
  private let store: Store
  private let recipe: Recipe
  private let lockfile: Lockfile
  private let image: Image

  package init(store: Store, recipe: Recipe, lockfile: Lockfile, image: Digest) throws(Diagnostic) {
    self.store = store
    self.recipe = recipe
    self.lockfile = lockfile
    self.image = try Image(image, in: store)
  }

  /// Bakes again and compares.
  /// - Parameter program: this program's file.
  /// - Throws: `verificationFailed` where anything differs, with layer, path and what differs.
  package func run(program: FilePath, progress: Progress) async throws {
    let workspace = try Workspace(in: store)
    let (folder, isOwn) = try place(workspace)
    defer { if isOwn { try? FolderTree.remove(folder) } }
    let stage = progress.stage("baking again in \(folder.removingLastComponent())")
    let second = folder.appending("store")
    let copy = folder.appending("recipe")
    try copyRecipe(to: copy)
    try copyArtifacts(to: try Store(at: second, creating: true))
    let digest = try await bake(program, copy, second)
    stage.finish()
    guard digest != image.digest else { return }
    let other = try Store(at: second, creating: false)
    throw try difference(try Image(digest, in: other), other)
  }

  /// By how many seconds the date of the second bake's sandbox is ahead, and the variable of its environment that says so: another year,
  /// month and day of the week, hour and minute. A later one, since all who bake again do it later.
  private static let clockVariable = "HARDTACK_PROOF_CLOCK"
  private static let clockAhead: Int64 = (398 * 24 + 7) * 3600 + 13 * 60

  /// What this process's environment says of it; 0 in any bake but the second one of a proof.
  static var clockShift: Int64 { getenv(clockVariable).flatMap { Int64(String(cString: $0)) } ?? 0 }

  /// This program's own file.
  package static func program() throws(Diagnostic) -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw .system(.current, "find", "/proc/self/exe") }
    return FilePath(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// Memory where there is room enough, else the store's own file system.
  private func place(_ workspace: Workspace) throws(Diagnostic) -> (FilePath, Bool) {
    let layers = image.manifest.layers.reduce(0) { $0 + $1.size }
    let artifacts = lockfile.artifacts.reduce(0) { $0 + (store.size(of: $1.digest) ?? 0) }
    // Trees and layers, each once, and what stands beside them while they're made.
    let needed = 3 * layers + artifacts + 256 << 20
    let memory = FilePath("/dev/shm")
    var information = statvfs()
    guard statvfs(memory.string, &information) == 0, access(memory.string, W_OK) == 0,
      Int64(information.f_bavail) * Int64(information.f_frsize) > needed, Self.availableMemory > needed
    else { return (try workspace.makeFolder("proof"), false) }
    let folder = memory.appending(
      "hardtack-proof.\(getpid()).\(String(UInt64.random(in: 0 ... .max), radix: 36))")
    try DurableFile.createFolder(folder, mode: 0o700)
    return (folder, true)
  }

  /// In bytes, as the kernel estimates it. Source: proc_meminfo(5), MemAvailable.
  private static var availableMemory: Int64 {
    let text = (try? DurableFile.read("/proc/meminfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 << 10 } ?? 0
  }

  /// Copies what a bake reads of the recipe, last names first.
  private func copyRecipe(to copy: FilePath) throws(Diagnostic) {
    let folder = recipe.folder.real
    let tree = try SourceTree.read(folder)
    try DurableFile.createFolder(copy)
    for entry in tree.entries where entry.kind == .folder {
      try DurableFile.createFolder(copy.appending(entry.path), mode: 0o700)
    }
    for entry in tree.entries.reversed() {
      let place = copy.appending(entry.path)
      switch entry.kind {
      case .folder: continue
      case .link(let target): try FolderTree.link(place, to: target)
      case .file(let executable):
        let bytes = try DurableFile.read(folder.appending(entry.path))
        try UpperTree.write(bytes, to: place, mode: executable ? 0o700 : 0o600)
      }
    }
  }

  private func copyArtifacts(to other: Store) throws(Diagnostic) {
    for artifact in lockfile.artifacts.reversed() where !other.contains(artifact.digest) {
      let file = try store.open(artifact.digest)
      let ingest = try other.ingest()
      try file.withBytes { bytes throws(Diagnostic) in try ingest.write(bytes) }
      guard try ingest.commit() == artifact.digest else {
        throw Diagnostic(.verificationFailed, "\(artifact.label) changed while it was copied")
      }
    }
  }

  private func bake(_ program: FilePath, _ recipe: FilePath, _ store: FilePath) async throws -> Digest {
    let processor = Self.lastProcessor
    let script = "umask 077; hostname hardtack-proof; exec taskset --cpu-list \(processor) \"$@\""
    var command = Command(
      "unshare",
      [
        "--uts", "--net", "sh", "-c", script, "sh", program.string, "bake", recipe.string, "--store",
        store.string,
        "--quiet",
      ],
      environment: [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent",
        "TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr",
        Self.clockVariable: String(Self.clockAhead),
      ])
    command.workingDirectory = recipe
    let result = try await command.run()
    let digest = result.outputText.split(separator: "\n").last.flatMap { Digest($0) }
    guard result.status == 0, let digest else {
      throw Diagnostic(
        .verificationFailed, "the bake succeeded, and again in other surroundings it fails",
        notes: Command.tail(result.errorText),
        hints: [
          "look for what depends on date, host name, time zone, locale, umask, processors or the recipe's place"
        ])
    }
    return digest
  }

  /// One that this process may use.
  private static var lastProcessor: Int {
    let text = (try? DurableFile.read("/proc/self/status")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line?.split { !$0.isNumber }.last.flatMap { Int($0) } ?? 0
  }

  private func difference(_ other: Image, _ otherStore: Store) throws(Diagnostic) -> Diagnostic {
    var notes: [String] = []
    for (mine, its) in zip(image.manifest.layers, other.manifest.layers) where mine.digest != its.digest {
      let lines = LayerComparison(
        try LayerContents(mine.digest, in: store), try LayerContents(its.digest, in: otherStore)
      ).differences()
      notes.append("\(mine.layerName) layer:")
      notes += lines.map { "  " + $0 }
    }
    if notes.isEmpty {
      let parts = [
        ("index", \Machine.index), ("kernel", \Machine.kernel), ("initrd", \Machine.initrd),
      ].filter { image.machine[keyPath: $0.1] != other.machine[keyPath: $0.1] }.map(\.0)
      notes = [
        "the layers are the same, and not: \((parts.isEmpty ? ["configuration"] : parts).joined(separator: ", "))"
      ]
    }
    return Diagnostic(
      .verificationFailed,
      "baked again, the image is another: \(other.digest.short), not \(image.digest.short)",
      notes: notes,
      hints: [
        "look at the build command that writes what is named: time, random numbers and places must not go into it"
      ])
  }
}
