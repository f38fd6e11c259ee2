import ArgumentParser
import Essentials
import Images
import Registry
import Storage

struct PullCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Bring an image that was pushed from an OCI registry into the store, to boot it.",
    discussion: """
      It's the very image that was pushed, with the same digest, and signatures, bills of materials and provenance come \
      along. What the store has isn't fetched; an interrupted pull goes on where it was. Its name here is the tag, unless \
      another is given.

        hardtack pull registry.example/team/logic:v1
        hardtack pull registry.example/team/logic:v1 --name candidate
        hardtack boot v1
      """)

  @Argument(help: "Where from: registry, repository, and tag or digest.")
  var reference: String

  @Option(help: ArgumentHelp("Give the image this release's name.", valueName: "name"))
  var name: String?

  @OptionGroup var shared: SharedOptions
  @OptionGroup var registry: RegistryOptions

  @Flag(help: "Print what was pulled as JSON.")
  var json = false

  func validate() throws {
    guard name.map(ReleaseName.isValid) ?? true else {
      throw ValidationError(
        "A release's name has letters, digits, '.', '_' and '-', and begins with a letter or digit.")
    }
  }

  private struct Answer: Encodable {
    let image: Digest
    let release: String?
    let reference: String
    /// The digest that the image has in the registry.
    let manifest: Digest
    let referrers: [String]
  }

  func run() async throws {
    let reference = try ImageReference(self.reference)
    let release = try self.release(for: reference)
    let store = try shared.makeStore()
    let progress = shared.progress
    let began = ContinuousClock.now
    let outcome = try await Pull(reference, into: store, try registry.settings(), progress: progress).run()
    if let release {
      let before = try store.resolve(release)
      try store.tag(
        Tag(release, mediaType: MediaType.imageManifest, digest: outcome.image, size: outcome.size))
      if let before, before.digest != outcome.image {
        progress.say("'\(release)' stood for \(before.digest.short) before")
      }
    }
    progress.say(
      "pulled \(reference) as \(release.map { "'\($0)'" } ?? outcome.image.short) in \((ContinuousClock.now - began).text)"
    )
    if release == nil {
      progress.say("it has no name here, so 'hardtack store gc --keep' may remove it; --name gives it one")
    }
    if json {
      return try Output.json(
        Answer(
          image: outcome.image, release: release, reference: reference.description,
          manifest: outcome.manifest,
          referrers: outcome.referrers))
    }
    print(outcome.image)
  }

  /// What the image is to be called; nil where it's pulled by its digest and no name is given.
  private func release(for reference: ImageReference) throws(Diagnostic) -> String? {
    if let name { return name }
    guard case .tag(let tag) = reference.selector else { return nil }
    guard ReleaseName.isValid(tag) else {
      throw Diagnostic(
        .usage, "the tag '\(tag)' can't be a release's name", hints: ["give another one: --name NAME"])
    }
    return tag
  }
}
