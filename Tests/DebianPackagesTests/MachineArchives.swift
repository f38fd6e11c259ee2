import DebianPackages
import Essentials
import SystemPackage
import Testing

/// The package indexes that the machine's apt has at hand, and apt itself on an empty machine.
struct MachineArchives: Sendable {
  let parts: [PackageIndex.Part]

  /// Read once for all tests.
  static let shared = Task { try await MachineArchives() }

  /// The index of the machine's Debian archives for amd64.
  static let index = Task {
    try PackageIndex(await shared.value.parts, architecture: .amd64)
  }

  private init() async throws {
    let targets = try await Command(
      "apt-get",
      [
        "indextargets", "--format", "$(CREATED_BY)|$(SUITE)|$(CODENAME)|$(COMPONENT)|$(ORIGIN)|$(FILENAME)",
      ]
    ).output()
    var parts: [PackageIndex.Part] = []
    for line in targets.split(separator: 10) {
      let fields = String(decoding: line, as: UTF8.self).split(
        separator: "|", omittingEmptySubsequences: false)
      guard fields.count == 6, fields[0] == "Packages", fields[4] == "Debian" else { continue }
      var command = Command("/usr/lib/apt/apt-helper", ["cat-file", String(fields[5])])
      command.limit = 256 << 20
      let archive = PackageArchive(
        identifier: String(fields[2]), origin: "Debian", label: "Debian", suite: String(fields[1]),
        codename: String(fields[2]), component: String(fields[3]))
      parts.append(.init(archive, IndexText(try await command.output())))
    }
    try #require(!parts.isEmpty, "apt has no package index of Debian here; run apt-get update")
    self.parts = parts
  }
}
