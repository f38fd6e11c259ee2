package import Essentials

/// An OCI image configuration, with what a virtual machine needs beside it.
package struct ImageConfiguration: Codable, Sendable, Hashable {
  /// What a container runtime reads; a machine boots systemd instead.
  package struct Execution: Codable, Sendable, Hashable {
    package var env: [String]
    package var cmd: [String]

    private enum CodingKeys: String, CodingKey {
      case env = "Env"
      case cmd = "Cmd"
    }

    package init(env: [String], cmd: [String]) {
      self.env = env
      self.cmd = cmd
    }
  }

  package struct RootFileSystem: Codable, Sendable, Hashable {
    package var type = "layers"
    /// The digests of the uncompressed layers, lowest first: for these layers the blobs' own.
    package var diffIDs: [Digest]

    private enum CodingKeys: String, CodingKey {
      case type
      case diffIDs = "diff_ids"
    }

    package init(diffIDs: [Digest]) { self.diffIDs = diffIDs }
  }

  package var architecture: String
  package var os = "linux"
  package var config: Execution
  package var rootfs: RootFileSystem
  /// Everything that booting it as a machine takes.
  package var machine: Machine

  private enum CodingKeys: String, CodingKey {
    case architecture, os, config, rootfs
    case machine = "hardtack.machine"
  }

  package init(
    architecture: Architecture, config: Execution, rootfs: RootFileSystem, machine: Machine
  ) {
    self.architecture = architecture.oci
    self.config = config
    self.rootfs = rootfs
    self.machine = machine
  }
}
