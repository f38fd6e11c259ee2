package import Essentials
package import SystemPackage

/// A place to run the image's own programs: its tree as root file system, a network of nothing but loopback,
/// and namespaces of its own for mounts, processes, IPC and host name.
///
/// The tree is an overlay of the layers below and one folder that takes all writes, so what a command changes
/// is exactly that folder's content: the next layer. The overlay is volatile: nothing waits for a disk.
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

  package init(lowers: [FilePath], upper: FilePath, scratch: FilePath, epoch: Int64) {
    self.lowers = lowers
    self.upper = upper
    self.scratch = scratch
    self.epoch = epoch
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
  ) async throws -> Command.Result {
    try prepare()
    var variables = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
      "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": String(epoch),
      "DEBIAN_FRONTEND": "noninteractive", "DEBCONF_NONINTERACTIVE_SEEN": "true",
      "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
    ]
    variables.merge(environment) { $1 }
    let pairs = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var command = Command(
      "unshare",
      [
        "--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child", "--propagation", "private",
        "--",
        "/bin/sh", "-euc", Self.setUp, "sandbox",
        scratch.string, lowerOption, muted.joined(separator: " "), folder, script,
      ] + pairs,
      environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"],
      input: input)
    command.mergesError = true
    let result = try await command.run()
    if result.status == Self.setUpFailed {
      throw Diagnostic(
        .failed, "cannot set up the sandbox", notes: Command.tail(result.outputText),
        hints: [
          "baking needs root, or a user with subordinate ids, and a kernel that lets them mount an overlay"
        ])
    }
    return result
  }

  // The overlay's options name its folders by links in the scratch folder, so that no path needs escaping.
  private var lowerOption: String {
    lowers.isEmpty ? "empty" : lowers.indices.reversed().map { "lower\($0)" }.joined(separator: ":")
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

  private static let setUpFailed: Int32 = 125

  /// The shell text that turns the fresh namespaces into the image's own. Each failure ends it with the exit
  /// code that no command of a recipe gives by accident.
  private static let setUp = """
    fail() { echo "$1" >&2; exit \(setUpFailed); }
    umask 022
    cd "$1" || fail "no scratch folder"
    lower=$2 muted=$3 folder=$4 script=$5
    shift 5
    mount -t overlay overlay -o "lowerdir=$lower,upperdir=upper,workdir=work,volatile" root 2>/dev/null ||
      mount -t overlay overlay -o "lowerdir=$lower,upperdir=upper,workdir=work,volatile,userxattr" root ||
      fail "the overlay can't be mounted"
    cd root
    for name in proc sys dev run tmp; do [ -d $name ] || mkdir -m 755 $name; done
    mount -t proc -o nosuid,nodev,noexec proc proc || fail "proc can't be mounted"
    mount -t tmpfs -o mode=755,nosuid tmpfs dev || fail "dev can't be mounted"
    mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run || fail "run can't be mounted"
    mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs tmp || fail "tmp can't be mounted"
    for name in null zero full random urandom tty; do
      : > dev/$name
      mount --bind /dev/$name dev/$name || fail "/dev/$name can't be mounted"
    done
    ln -s /proc/self/fd dev/fd
    ln -s /proc/self/fd/0 dev/stdin
    ln -s /proc/self/fd/1 dev/stdout
    ln -s /proc/self/fd/2 dev/stderr
    mkdir -m 1777 dev/shm
    printf '#!/bin/sh\\nexit 0\\n' > run/muted
    chmod 755 run/muted
    for name in $muted; do
      [ ! -e "$name" ] || mount --bind run/muted "$name" || fail "$name can't be muted"
    done
    hostname localhost || fail "the host name can't be set"
    ip link set lo up || fail "loopback can't be set up; is iproute2 installed?"
    exec chroot . /usr/bin/env -i "$@" /bin/sh -ec 'cd "$0"; eval "$1"' "$folder" "$script"
    """

  private static func link(_ path: FilePath, to target: FilePath) throws(Diagnostic) {
    try FolderTree.remove(path)
    try FolderTree.link(path, to: target.string)
  }
}
