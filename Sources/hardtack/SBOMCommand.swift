import ArgumentParser
import Baking
import Essentials
import Images
import Storage

struct SBOMCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sbom",
    abstract: "Print what an image is made of, or where it comes from, for other tools.",
    discussion: """
      Every bake stores two bills of materials and a statement of provenance beside its image: made from the lockfile, and \
      compared with what the root tree says is installed. The same image always has the same.

        hardtack sbom v1                         SPDX 2.3
        hardtack sbom v1 --format cyclonedx      CycloneDX 1.5
        hardtack sbom v1 --format provenance     in-toto statement: recipe, lockfile, layers' keys, program
      """)

  @Argument(help: "A release's name, or an image's digest.")
  var image: String

  @OptionGroup var shared: SharedOptions

  @Option(help: "What to print: spdx, cyclonedx or provenance; spdx unless given.")
  var format = Statement.spdx

  func run() throws {
    let store = try shared.openStore()
    let bytes = try format.read(about: try Image.find(image, in: store), in: store)
    print(String(decoding: bytes, as: UTF8.self))
  }
}

extension Statement: ExpressibleByArgument {}
