package import Essentials
package import SystemPackage

/// A recipe, and what it's locked against: an archive and an index of the test's own, served over loopback.
package final class Workshop: Sendable {
  package let folder: TemporaryFolder
  package let archive: DebianArchive
  package let index: WheelIndex
  package let server: ArchiveServer
  /// The recipe's folder.
  package let recipe: FilePath

  package static let codename = "harbour"

  /// The archive that every test begins with.
  package static let packages = [
    DebianArchive.Package("base-files", "12.4", "Essential: yes"),
    DebianArchive.Package("busybox-static", "1.35.0-4"),
    DebianArchive.Package("libc6", "2.36-9"),
    DebianArchive.Package("nginx", "1.22.1-9", "Depends: nginx-common (>= 1.22), libc6"),
    DebianArchive.Package("nginx-common", "1.22.1-9", payload: 3_000_000),
    DebianArchive.Package("python3.11-minimal", "3.11.2-6", "Depends: libc6"),
  ]

  package static let wheels = [
    WheelIndex.Wheel("django-5.0-py3-none-any.whl", requires: ["sqlparse>=0.3"], requiresPython: ">=3.10"),
    WheelIndex.Wheel("sqlparse-0.4-py3-none-any.whl"),
  ]

  package static let recipeText = """
    name: demo
    base: {distribution: debian, suite: harbour, architecture: amd64}
    packages: [nginx, python3.11-minimal]
    python: {requirements: [django]}

    """

  package init() async throws {
    folder = try TemporaryFolder()
    let served = folder.appending("served")
    archive = try await DebianArchive(in: served)
    index = try WheelIndex(in: served)
    server = try ArchiveServer(served)
    recipe = folder.appending("recipe")
    try DurableFile.createFolder(recipe)
    try write(Self.recipeText)
    try DurableFile.write(
      Array("Acquire::Check-Valid-Until \"true\";\n".utf8), to: folder.appending("apt.conf"))
    try await archive.publish(Self.codename, Self.packages)
    try await archive.publish(Self.codename + "-updates", [])
    try await index.publish(Self.wheels)
  }

  /// Writes `text` as the recipe.
  package func write(_ text: String) throws(Diagnostic) {
    try DurableFile.write(Array(text.utf8), to: recipe.appending("recipe.yaml"))
  }

  package var store: FilePath { folder.appending("store") }

  /// The environment of a program that is to use nothing else.
  package var environment: [String: String] {
    [
      "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder.appending("home").string,
      "XDG_CACHE_HOME": folder.appending("cache").string, "XDG_STATE_HOME": folder.appending("state").string,
      "APT_CONFIG": folder.appending("apt.conf").string, "HARDTACK_STORE": store.string,
      "HARDTACK_DEBIAN_MIRROR": server.address + "/archive",
      "HARDTACK_DEBIAN_KEYRING": archive.keyring.string, "HARDTACK_PYPI_INDEX": server.address + "/simple",
    ]
  }
}
