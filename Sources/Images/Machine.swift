package import Essentials

/// What booting an image as a virtual machine takes, beside its layers.
package struct Machine: Codable, Sendable, Hashable {
  /// The recipe's name.
  package var recipe: String
  /// The lockfile that the image was baked from.
  package var lockfile: Digest
  /// The EROFS metadata that joins the layers into one root tree.
  package var index: Descriptor
  package var kernel: Descriptor
  package var initrd: Descriptor
  /// The kernel's command line, without what only a host can know.
  package var commandLine: String
  /// The units that start with the machine.
  package var services: [String]
  package var secrets: [SecretDeclaration]
  /// The folders that outlive the machine's memory, on a disk of the instance's own.
  package var state: [String]
  package var sanity: [SanityCheck]
  /// Nil in images that name none, and in those baked before there were any.
  package var swap: SwapUnits?

  package init(
    recipe: String, lockfile: Digest, index: Descriptor, kernel: Descriptor, initrd: Descriptor,
    commandLine: String, services: [String], secrets: [SecretDeclaration], state: [String],
    sanity: [SanityCheck], swap: SwapUnits? = nil
  ) {
    self.recipe = recipe
    self.lockfile = lockfile
    self.index = index
    self.kernel = kernel
    self.initrd = initrd
    self.commandLine = commandLine
    self.services = services
    self.secrets = secrets
    self.state = state
    self.sanity = sanity
    self.swap = swap
  }
}

/// The units that a swap orders an instance to start and stop.
package struct SwapUnits: Codable, Sendable, Hashable {
  /// A oneshot unit that migrates the shared database, in one instance of a release.
  package var migrate: String?
  /// While it's active the instance does no work of its own accord; when its start has ended, what ran has ended.
  package var standby: String?

  /// A oneshot unit whose start has ended when no task that the instance has taken on is left.
  package var finish: String?

  package init(migrate: String? = nil, standby: String? = nil, finish: String? = nil) {
    self.migrate = migrate
    self.standby = standby
    self.finish = finish
  }

  package var all: [String] { [migrate, standby, finish].compactMap { $0 } }
}

/// A secret that an image needs when it boots: the template is in the image's configuration, the values never are.
package struct SecretDeclaration: Codable, Sendable, Hashable {
  /// A value that the template names as `{{ name }}`.
  package struct Value: Codable, Sendable, Hashable {
    package var name: String
    /// What stands for it where the secrets' source has none; nil where it must have one.
    package var fallback: String?

    package init(name: String, fallback: String? = nil) {
      self.name = name
      self.fallback = fallback
    }
  }

  /// The credential's name: units take it with `LoadCredential=NAME`.
  package var name: String
  package var template: String
  package var values: [Value]
  /// Where given, the rendered text also stands at `/run/secrets/NAME`, for daemons that read no credentials.
  package var owner: String?
  /// Octal; 0400 unless given.
  package var mode: String?

  package init(
    name: String, template: String, values: [Value], owner: String? = nil, mode: String? = nil
  ) {
    self.name = name
    self.template = template
    self.values = values
    self.owner = owner
    self.mode = mode
  }
}

/// A request that a booted instance must answer before it counts as ready.
package struct SanityCheck: Codable, Sendable, Hashable {
  /// The path and query that are asked for.
  package var get: String
  package var status: Int
  /// The port in the guest.
  package var port: Int
  /// The seconds within which it must answer so, counted from the guest's readiness.
  package var within: Int

  package init(get: String, status: Int = 200, port: Int = 80, within: Int = 120) {
    self.get = get
    self.status = status
    self.port = port
    self.within = within
  }
}
