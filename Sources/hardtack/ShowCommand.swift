import ArgumentParser
import Baking
import Essentials
import Images
import Lockfiles
import Storage
import SystemPackage

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what is in an image: layers, packages, wheels, services, secrets.",
    discussion: "  hardtack show v1\n  hardtack show v1 --json")

  @Argument(help: "A release's name, or an image's digest.")
  var image: String

  @OptionGroup var shared: SharedOptions

  @Flag(help: "Print the image's configuration and lockfile's pins as JSON.")
  var json = false

  private struct Answer: Encodable {
    struct Pin: Encodable {
      let name: String
      let version: String
    }
    let image: Digest
    let manifest: ImageManifest
    let configuration: ImageConfiguration
    let packages: [Pin]
    let wheels: [Pin]
  }

  func run() throws {
    let store = try shared.openStore()
    let image = try Image.find(self.image, in: store)
    let machine = image.machine
    let lockfile = try image.lockfile(in: store)
    let wheels = lockfile.python?.packages ?? []
    if json {
      return try Output.json(
        Answer(
          image: image.digest, manifest: image.manifest, configuration: image.configuration,
          packages: lockfile.debian.packages.map { Answer.Pin(name: $0.name, version: $0.version) },
          wheels: wheels.map { Answer.Pin(name: $0.name, version: $0.version) }))
    }
    let releases = try store.tags().filter { $0.digest == image.digest }.map(\.name).sorted()
    print("image     \(image.digest)")
    print("releases  \(releases.joined(separator: ", "))")
    print("recipe    \(machine.recipe) (\(image.configuration.architecture))")
    print("lockfile  \(machine.lockfile)\n")
    var rows = [["PART", "SIZE", "DIGEST"]]
    for layer in image.manifest.layers {
      rows.append([layer.layerName, "\(ByteCount(layer.size))", layer.digest.short])
    }
    for (name, part) in [("index", machine.index), ("kernel", machine.kernel), ("initrd", machine.initrd)] {
      rows.append([name, "\(ByteCount(part.size))", part.digest.short])
    }
    Output.table(rows)
    print("\n\(lockfile.debian.packages.count) packages")
    Output.table(lockfile.debian.packages.map { ["  " + $0.name, $0.version, $0.suite] })
    print("\n\(wheels.count) wheels")
    Output.table(wheels.map { ["  " + $0.name, $0.version] })
    print("\nservices  \(machine.services.joined(separator: ", "))")
    print("state     \(machine.state.joined(separator: ", "))")
    for secret in machine.secrets {
      let values = secret.values.map { $0.fallback == nil ? $0.name : "\($0.name) (optional)" }
      print("secret    \(secret.name): \(values.joined(separator: ", "))")
    }
  }
}
