import Essentials
import Glibc
import SystemPackage

@testable import Pools

/// Debian's kernel for virtual machines, from the machine's own apt; kept in the build's folder between runs.
struct TestKernel: Sendable {
  let folder: FilePath
  let image: FilePath
  let moduleFolder: FilePath

  static func shared() async throws -> TestKernel { try await cached.value }

  private static let cached = Task { try await TestKernel() }

  private init() async throws {
    let project = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    folder = project.appending(".build/test-kernel")
    try DurableFile.createFolder(folder)
    let listing = Command("ls", [folder.appending("lib/modules").string])
    var versions = try await listing.run().outputText.split(separator: "\n")
    if versions.isEmpty {
      try await Self.fetch(into: folder)
      versions = try await listing.run().outputText.split(separator: "\n")
    }
    let version = String(versions.first ?? "none")
    image = folder.appending("boot/vmlinuz-\(version)")
    moduleFolder = folder.appending("lib/modules/\(version)")
  }

  private static func fetch(into folder: FilePath) async throws {
    let depends = try await Command("apt-cache", ["depends", "linux-image-cloud-amd64"]).output()
    let words = String(decoding: depends, as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\n" })
    let package = words.last { $0.hasPrefix("linux-image-") && $0 != "linux-image-cloud-amd64" }
    let download = Command(
      "apt-get", ["--quiet=2", "download", String(package ?? "linux-image-cloud-amd64")],
      workingDirectory: folder)
    _ = try await download.output()
    let script = """
      set -e
      dpkg-deb -x linux-image-*.deb new
      depmod -b new "$(ls new/lib/modules)"
      rm linux-image-*.deb
      mv new/boot boot
      mv new/lib lib
      rm -r new
      """
    _ = try await Command("sh", ["-c", script], workingDirectory: folder).output()
  }

  /// The files of modules and all they depend on, in the order to load them: each line of `modules.dep` names a module
  /// and those it needs, the last one first.
  func modules(_ names: [String]) throws -> [FilePath] {
    let lines = String(
      decoding: try DurableFile.read(moduleFolder.appending("modules.dep")), as: UTF8.self
    ).split(separator: "\n")
    var needs: [String: [String]] = [:]
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      needs[String(parts[0])] = parts[1].split(separator: " ").map(String.init).reversed()
    }
    var order: [String] = []
    for name in names {
      guard let file = needs.keys.first(where: { $0.hasSuffix("/\(name).ko") }) else { continue }
      for module in (needs[file] ?? []) + [file] where !order.contains(module) { order.append(module) }
    }
    return order.map { moduleFolder.appending($0) }
  }
}

extension FilePath {
  static func link(_ path: FilePath, to target: String) throws {
    try attempt("link", path) {
      guard symlink(target, path.string) == 0 else { throw Errno.current }
    }
  }
}
