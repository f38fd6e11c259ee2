import ArgumentParser
import Baking
import Essentials
import Glibc
import Images
import Storage
import SystemPackage

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write an image in a form that other tools take: a directory, a tar, an OCI layout, a disk.",
    discussion: """
      The same image gives the same bytes, whenever and wherever it's exported. A disk (raw, qcow2) boots under UEFI by \
      itself, without this program.

        hardtack export v1 --format oci --output v1-oci        for umoci, skopeo, podman
        hardtack export v1 --format raw --output v1.img        for dd, a cloud's import, another hypervisor
        hardtack export v1 --format directory --output tree    the root tree's files
      """)

  @Argument(help: "A release's name, or an image's digest.")
  var image: String

  @Option(help: "What to write: directory, tar, oci, raw or qcow2.")
  var format: ImageExport.Format

  @Option(help: ArgumentHelp("Where; nothing may stand there yet.", valueName: "path"))
  var output: String

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    // The files belong to the image's users.
    if format == .directory { try await UserNamespace.enter() }
    let store = try shared.openStore()
    let found = try Image.find(image, in: store)
    let isRelease = try store.tags().contains { $0.name == image }
    try await ImageExport(found, in: store, progress: shared.progress)
      .write(format, to: FilePath(output), named: isRelease ? image : found.machine.recipe)
    print(output)
  }
}

extension ImageExport.Format: ExpressibleByArgument {}
