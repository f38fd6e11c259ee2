package import Essentials
import Glibc
package import Images
package import Lockfiles
package import Recipes
package import Storage
import SystemPackage

/// Turns a lockfile and the artifacts in the store into an image: offline, and into the same bytes wherever it runs.
package struct Bake {
  let store: Store
  let recipe: Recipe
  let lockfile: Lockfile
  let progress: Progress
  private let secrets: [String: Secret]

  /// - Parameters:
  ///   - lockfile: the recipe's own, fitting it.
  ///   - secrets: values that must not be in any layer, by name; of those that the recipe declares.
  package init(
    store: Store, recipe: Recipe, lockfile: Lockfile, progress: Progress, secrets: [String: Secret] = [:]
  ) {
    self.secrets = secrets
    self.store = store
    self.recipe = recipe
    self.lockfile = lockfile
    self.progress = progress
  }

  /// What a bake made or found made.
  package struct Outcome: Sendable {
    package let image: Descriptor
    package let layers: [Layer]
    package let machine: Machine
    /// What the gates and checks that ran came to; those that had passed on the same tree before aren't among them.
    package let gates: [GateReport]
  }

  /// Bakes the image.
  /// - Throws: `.noSolution` where the lockfile doesn't fit the recipe, `.notAvailableOffline` where an artifact
  ///   isn't stored, `.checkFailed` where a check of the recipe fails, `.failed` where a step does.
  package func run() async throws -> Outcome {
    guard lockfile.recipe == recipe.resolutionDigest else {
      throw Diagnostic(
        .noSolution, "the lockfile of '\(recipe.name)' is older than its recipe",
        hints: ["run 'hardtack lock \(recipe.file.removingLastComponent())'"])
    }
    try requireArtifacts()
    // Whatever the person's own umask is, it does not bear on the image.
    umask(0o022)
    let context = BakeContext(
      store: store, workspace: try Workspace(in: store), trees: try TreeCache(store), progress: progress,
      epoch: lockfile.epoch, clockShift: Proof.clockShift)
    let steps = try BakeSteps(recipe: recipe, lockfile: lockfile)

    let os = try await context.layer(steps.os)
    var below = [os]
    if let python = try steps.python(over: below) { below.append(try await context.layer(python)) }
    let configuration = try await context.layer(try steps.configuration(over: below))
    let gates = try steps.gates(secrets: secrets)
    let early = try gates.early(over: below + [configuration], context)
    async let outcomes = Gates.run(early, in: store, steps.runtime)

    var layers = below
    if let application = steps.application(over: below) {
      layers.append(try await context.layer(application))
    }
    layers.append(configuration)
    let joined = JoinedLayers(layers, in: store)
    let (kernel, initrd) = try KernelAction(os: os, busybox: steps.busybox).run(context)
    let index = try IndexAction(joined: joined).run(context)

    let stage = early.isEmpty ? nil : progress.stage("checking")
    stage?.detail(early.map(\.name).joined(separator: ", "))
    let reports = try await gates.finish(try await outcomes, over: joined, context)
    stage?.finish()
    let machine = Machine(
      recipe: recipe.name, lockfile: lockfile.digest, index: index, kernel: kernel, initrd: initrd,
      commandLine: GuestInit.commandLine, services: recipe.services.enable.map(\.value.description),
      secrets: recipe.secrets.map(\.value), state: recipe.state.map(\.value.string),
      sanity: recipe.sanity.map(\.value), swap: recipe.swap?.units)
    return Outcome(
      image: try publish(machine, joined, steps), layers: layers, machine: machine, gates: reports)
  }

  private func publish(_ machine: Machine, _ joined: JoinedLayers, _ steps: BakeSteps) throws(Diagnostic)
    -> Descriptor
  {
    let configuration = try CanonicalDocument(
      ImageConfiguration(
        architecture: recipe.base.architecture,
        config: ImageConfiguration.Execution(
          env: (steps.runtime?.environment ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
          cmd: ["/sbin/init"]),
        rootfs: ImageConfiguration.RootFileSystem(diffIDs: joined.layers.map(\.digest)), machine: machine),
      as: MediaType.imageConfiguration)
    let manifest = try CanonicalDocument(
      ImageManifest(
        config: configuration.descriptor,
        layers: joined.layers.map { Descriptor(layer: $0.name, digest: $0.digest, size: $0.size) }),
      as: MediaType.imageManifest)
    let image = manifest.descriptor
    let statements = try ImageStatements(
      image: image, machine: machine, recipe: recipe, lockfile: lockfile, joined: joined
    ).make(in: store)
    try store.publish(
      all: [Array(lockfile.text.utf8), configuration.bytes, manifest.bytes] + statements.contents)
    var root = Root(
      .image, image.digest.hexadecimal,
      digests: [image.digest, machine.lockfile] + joined.layers.map(\.table),
      labels: [
        Root.recipeLabel: recipe.name, Root.folderLabel: recipe.folder.real.string,
        ImageStatements.label: statements.key.description,
      ])
    for (name, digest) in statements.referrers { root.refer(name, to: digest) }
    try store.update(root) { [root] known in
      // What others say of the image, signatures, stays, as does where it is.
      var new = root
      new.places = known.places
      for (name, digest) in known.referrers where root.referrers[name] == nil { new.refer(name, to: digest) }
      known = new
    }
    return image
  }

  private func requireArtifacts() throws(Diagnostic) {
    let artifacts = lockfile.artifacts
    try store.hold(artifacts.map(\.digest))
    let missing = artifacts.filter { !store.contains($0.digest) }
    guard let first = missing.first else { return }
    let others = missing.count == 1 ? "" : " and \(missing.count - 1) more artifacts are"
    throw Diagnostic(
      .notAvailableOffline, "\(first.label)\(others.isEmpty ? " is" : others) not in the store",
      hints: ["run 'hardtack fetch \(recipe.file.removingLastComponent())'"])
  }
}
