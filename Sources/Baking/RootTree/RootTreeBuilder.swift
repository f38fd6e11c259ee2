import CLinux
import DebianPackages
import Essentials
import Glibc
import SystemPackage

/// Makes the tree of the operating system out of Debian packages: unpacked by this program, on all
/// processors at once; configured by the image's own dpkg in the sandbox.
///
/// The base system (what the Essential packages need) comes first, and with it all packages that have no
/// `preinst`. The others' `preinst` scripts then run, before their files are there, as dpkg has it.
struct RootTreeBuilder: Sendable {
  /// A package to unpack.
  struct Package: Sendable {
    /// What messages call it.
    let name: String
    let file: DebFile
    let unpacked: UnpackedPackage
    /// In bytes; what decides which package is begun first.
    let size: Int64
  }

  let root: FilePath
  let sandbox: Sandbox
  let architecture: Architecture
  let progress: Progress

  /// - Parameters:
  ///   - root: an empty folder that becomes the tree.
  ///   - scratch: a folder for the sandbox's own use, on the same file system.
  ///   - architecture: the image's.
  ///   - epoch: in seconds since 1970; what scripts take for the time of the build.
  ///   - clockShift: as ``Sandbox/clockShift``.
  init(
    root: FilePath, scratch: FilePath, architecture: Architecture, epoch: Int64, clockShift: Int64,
    progress: Progress
  ) {
    self.root = root
    self.architecture = architecture
    self.progress = progress
    var sandbox = Sandbox(lowers: [], upper: root, scratch: scratch, epoch: epoch)
    sandbox.clockShift = clockShift
    self.sandbox = sandbox
  }

  /// Unpacks and configures `packages` and makes the result neutral.
  /// - Throws: where packages contradict each other, an archive isn't what it should be, or a maintainer's
  ///   script fails; its output is in the notes.
  func build(_ packages: [Package]) async throws {
    let unpacked = packages.map(\.unpacked)
    guard chmod(root.string, 0o755) == 0 else {
      throw Diagnostic.system(.current, "change the mode of", root)
    }
    let links = try mergeUsr()
    let folder = try RootFolder(root)
    let database = DpkgDatabase(root: folder)
    try database.create(architecture: architecture)

    let claims = TreeClaims(
      names: unpacked.map(\.name), replaces: unpacked.map(\.replaced), links: links)
    let base = BaseSystem.members(unpacked)
    let waves = [
      packages.indices.filter { base.contains(unpacked[$0].name) || !unpacked[$0].preinst },
      packages.indices.filter { !base.contains(unpacked[$0].name) && unpacked[$0].preinst },
    ]
    let stage = progress.stage(
      "unpacking", bytes: packages.reduce(0) { $0 + $1.size }, items: packages.count)
    for (number, wave) in waves.enumerated() where !wave.isEmpty || number == 0 {
      try await unpack(wave, packages, unpacked, claims, folder, stage)
      try applyFolders(claims, folder)
      if number == 0 {
        try database.writeStatus(unpacked)
        try writePolicy()
        try await runPreinsts(unpacked, base, folder)
      }
    }
    stage.finish()
    try await configure(unpacked, base)
    try Neutralisation(root: folder).apply(epoch: sandbox.epoch)
  }

  private func unpack(
    _ wave: [Int], _ packages: [Package], _ unpacked: [UnpackedPackage], _ claims: TreeClaims,
    _ root: RootFolder, _ stage: Progress.Stage
  ) async throws {
    let database = DpkgDatabase(root: root)
    // The largest first, so that the last one to end is a small one.
    let order = wave.sorted { (packages[$0].size, $1) > (packages[$1].size, $0) }
    _ = try await order.concurrentMap { index in
      try Task.checkCancellation()
      let package = unpacked[index]
      var writer = TreeWriter(
        root: root, claims: claims, owner: index, name: package.name,
        diversions: try database.diversions(besides: package.name), conffiles: Set(package.conffiles))
      let archive = try packages[index].file.openData()
      while let entry = try archive.next() { try writer.write(entry, from: archive) }
      packages[index].file.release()
      try database.writeInformation(of: package, list: writer.list)
      stage.advance(bytes: packages[index].size, items: 1)
    }
  }

  /// Makes the links of the merged /usr, as debootstrap and mmdebstrap do before they unpack.
  private func mergeUsr() throws(Diagnostic) -> [String: String] {
    let names: [String]
    switch architecture {
    case .amd64: names = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]
    case .arm64: names = ["bin", "sbin", "lib"]
    }
    var links: [String: String] = [:]
    for name in names {
      try DurableFile.createFolder(root.appending("usr").appending(name))
      try FolderTree.link(root.appending(name), to: "usr/" + name)
      links[name] = "usr/" + name
    }
    return links
  }

  private func applyFolders(_ claims: TreeClaims, _ root: RootFolder) throws(Diagnostic) {
    for (path, metadata) in claims.folders() {
      let place = try root.place(path)
      let folder = open(place.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      // What a script put in its place, or took away, is as the script has it.
      if folder < 0, errno == ENOTDIR || errno == ELOOP || errno == ENOENT { continue }
      guard folder >= 0 else { throw .system(.current, "open the folder", place) }
      defer { close(folder) }
      guard fchown(folder, metadata.owner, metadata.group) == 0 else {
        throw .system(.current, "change the owner of", place)
      }
      guard fchmod(folder, mode_t(metadata.permissions)) == 0 else {
        throw .system(.current, "change the mode of", place)
      }
      let time = timespec(tv_sec: Int(metadata.modified), tv_nsec: 0)
      guard futimens(folder, [time, time]) == 0 else { throw .system(.current, "set the time of", place) }
    }
  }

  // Some maintainer scripts test whether it may be executed before they ask it.
  private func writePolicy() throws(Diagnostic) {
    try DurableFile.write(
      Array("#!/bin/sh\nexit 101\n".utf8), to: root.appending("usr/sbin/policy-rc.d"),
      mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
  }

  private func runPreinsts(_ packages: [UnpackedPackage], _ base: Set<String>, _ root: RootFolder)
    async throws
  {
    let chosen = BaseSystem.ordered(packages.filter(\.preinst), base: base)
    // A package of the second wave has no files under `info` yet, so its script comes from memory.
    let folder = try root.place("var/lib/dpkg/tmp.ci")
    try DurableFile.createFolder(folder)
    for package in chosen {
      try DurableFile.write(
        package.controlMembers["preinst"] ?? [], to: folder.appending(package.informationName),
        mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    }
    let lines = chosen.map { "\($0.informationName) \($0.name) \($0.architecture)\n" }.joined()
    let script = """
      while read -r file name architecture; do
        DPKG_MAINTSCRIPT_PACKAGE=$name DPKG_MAINTSCRIPT_ARCH=$architecture DPKG_MAINTSCRIPT_NAME=preinst \\
          DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT= \\
          /var/lib/dpkg/tmp.ci/$file install </dev/null || { echo "the preinst script of $name failed"; exit 1; }
      done
      """
    let result = try await sandbox.run(script, input: Array(lines.utf8))
    try FolderTree.remove(try root.place("var/lib/dpkg/tmp.ci"))
    guard result.status == 0 else {
      throw Diagnostic(
        .failed, "a package could not be prepared for installation", notes: Command.tail(result.outputText))
    }
  }

  private func configure(_ packages: [UnpackedPackage], _ base: Set<String>) async throws {
    let stage = progress.stage("configuring \(packages.count) packages")
    var sandbox = sandbox
    // The program writes the initrd itself; and scripts that ask whether this is a chroot, whose first process would
    // be another system's, hear that it is.
    sandbox.muted = ["usr/sbin/update-initramfs", "usr/bin/ischroot"]
    // The base system first, as debootstrap and apt have it: scripts of other packages may take for granted that it was
    // configured once (Debian policy, 3.8).
    let first = packages.filter { base.contains($0.name) }.map(\.informationName).joined(separator: " ")
    let dpkg = "dpkg --force-unsafe-io --configure"
    let steps = (first.isEmpty ? [] : ["\(dpkg) \(first) </dev/null"]) + ["\(dpkg) --pending </dev/null"]
    let result = try await sandbox.run(steps.joined(separator: "\n"))
    guard result.status == 0 else {
      stage.finish()
      throw Diagnostic(
        .failed, "configuring the packages failed", notes: Command.tail(result.outputText),
        hints: ["the last lines above say which package's script failed"])
    }
    stage.finish()
  }
}
