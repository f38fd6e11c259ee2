import Essentials
package import SystemPackage

/// A place to run the image's own programs: its tree as root file system, a network of nothing but loopback,
/// and namespaces of its own for mounts, processes, IPC and host name.
///
/// The tree is an overlay of the layers below and one folder that takes all writes, so what a command changes
/// is exactly that folder's content: the next layer. The overlay is volatile: nothing waits for a disk. All folders
/// are listed in the same order everywhere (``FolderOrder``).
///
/// Needs root, or to run as root of a user namespace with subordinate ids (``UserNamespace``).
package struct Sandbox: Sendable {
  /// The trees to read, lowest first. They're never written to.
  package var lowers: [FilePath]
  /// The folder that takes the writes.
  package var upper: FilePath
  /// A folder of the sandbox's own on the same file system as ``upper``, for the overlay's bookkeeping.
  package var scratch: FilePath
  /// What SOURCE_DATE_EPOCH says, in seconds since 1970.
  package var epoch: Int64
  /// Files of the image that do nothing while it's baked, as paths without the leading slash.
  package var muted: [String] = []
  /// How far the sandbox's date is from the machine's, in seconds: none but that of a proof is (``Proof``).
  package var clockShift: Int64 = 0

  package init(lowers: [FilePath], upper: FilePath, scratch: FilePath, epoch: Int64) {
    self.lowers = lowers
    self.upper = upper
    self.scratch = scratch
    self.epoch = epoch
  }

  /// What a script left behind.
  package struct Result: Sendable {
    /// The exit code; 128 and the signal's number where a signal ended it, as shells have it.
    package let status: Int32
    /// What it wrote to standard output and standard error.
    package let output: [UInt8]

    package var outputText: String { String(decoding: output, as: UTF8.self) }
  }

  /// Runs `script` by the image's `/bin/sh` and returns what it left; both output streams are merged.
  /// - Parameters:
  ///   - script: the shell's text.
  ///   - folder: where it starts, as a path in the image.
  ///   - environment: added to the sandbox's own.
  ///   - input: what it reads from standard input.
  /// - Throws: where the sandbox can't be set up; a script that fails is a result like another.
  package func run(
    _ script: String, in folder: String = "/", environment: [String: String] = [:], input: [UInt8] = []
  ) async throws -> Sandbox.Result {
    try prepare()
    var variables = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
      "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": String(epoch),
      "DEBIAN_FRONTEND": "noninteractive", "DEBCONF_NONINTERACTIVE_SEEN": "true",
      "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
    ]
    variables.merge(environment) { $1 }
    return try await SandboxProcess.run(
      SandboxProcess.Order(
        scratch: scratch.string,
        overlay: overlayOptions, muted: muted,
        folder: folder, arguments: ["sh", "-ec", script],
        environment: variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }, input: input,
        limit: 64 << 20, clockShift: clockShift))
  }

  private func prepare() throws(Diagnostic) {
    // A volatile overlay refuses the bookkeeping of an earlier one.
    try FolderTree.remove(scratch.appending("work"))
    for name in ["work", "root", "empty"] { try DurableFile.createFolder(scratch.appending(name)) }
    for (index, lower) in lowers.enumerated() {
      try Self.link(scratch.appending("lower\(index)"), to: lower)
    }
    try Self.link(scratch.appending("upper"), to: upper)
  }

  private static func link(_ path: FilePath, to target: FilePath) throws(Diagnostic) {
    try FolderTree.remove(path)
    try FolderTree.link(path, to: target.string)
  }
}
