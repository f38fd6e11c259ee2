import ArgumentParser
import Essentials
import Images
import Registry

struct PushCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Bring an image into an OCI registry.",
    discussion: """
      Layers are compressed, and only what the repository lacks is sent; signatures, bills of materials and provenance \
      go along. Container tools pull the image from there, 'hardtack pull' makes it bootable elsewhere. Passwords are those \
      of 'docker login' and 'skopeo login'.

        hardtack push v1 registry.example/team/logic:v1
        hardtack push v1 localhost:5000/logic:v1      http will do on this machine
        hardtack push v1 10.0.0.5:5000/logic:v1 --plain-http
      """)

  @Argument(help: "A release's name, or an image's digest.")
  var image: String

  @Argument(help: "Where to: registry, repository and tag.")
  var reference: String

  @OptionGroup var shared: SharedOptions
  @OptionGroup var registry: RegistryOptions

  @Flag(help: "Print what was sent as JSON.")
  var json = false

  private struct Answer: Encodable {
    let image: Digest
    let reference: String
    /// The digest that the image has in the registry.
    let manifest: Digest
    let pushed: Int
    let mounted: Int
    let present: Int
    let bytes: Int64
  }

  func run() async throws {
    let reference = try ImageReference(self.reference)
    let store = try shared.openStore()
    let image = try Image.find(self.image, in: store)
    let progress = shared.progress
    let began = ContinuousClock.now
    let outcome = try await Push(
      image, to: reference, from: store, try registry.settings(), progress: progress
    )
    .run()
    let others = [
      outcome.mounted > 0 ? "\(outcome.mounted) taken from another repository there" : nil,
      outcome.present > 0 ? "\(outcome.present) there already" : nil,
    ].compactMap(\.self)
    progress.say(
      "pushed \(StoreCommand.count(outcome.pushed)), \(ByteCount(outcome.bytes)) in all, in \((ContinuousClock.now - began).text)"
        + (others.isEmpty ? "" : "; \(others.joined(separator: ", "))"))
    if json {
      return try Output.json(
        Answer(
          image: image.digest, reference: reference.description, manifest: outcome.manifest,
          pushed: outcome.pushed,
          mounted: outcome.mounted, present: outcome.present, bytes: outcome.bytes))
    }
    print("\(reference.host)/\(reference.repository)@\(outcome.manifest)")
  }
}
