import DebianPackages
import Essentials
import Glibc
import Images
import Storage
import SystemPackage

/// The kernel of an image, taken from its os layer, and the initrd that mounts the image's root tree.
struct KernelAction {
  let os: Layer
  /// The locked package that holds a static busybox; it's no part of the image.
  let busybox: Digest

  private func key(_ part: String) -> ActionKey {
    ActionKey(
      part, version: BakeContext.version + Initrd.version, inputs: ["os": os.digest, "busybox": busybox],
      parameters: ["init": GuestInit.script, "modules": GuestInit.modules.joined(separator: " ")])
  }

  func run(_ context: BakeContext) throws -> (kernel: Descriptor, initrd: Descriptor) {
    if let kernel = try context.store.descriptor(of: key("kernel"), MediaType.kernel),
      let initrd = try context.store.descriptor(of: key("initrd"), MediaType.initrd)
    {
      return (kernel, initrd)
    }
    let stage = context.progress.stage("writing the initrd")
    let tree = try context.trees.tree(of: os, context.workspace)
    let release = try kernelRelease(tree)
    let root = try RootFolder(tree)
    let kernel = try readKernel(try root.place("boot/vmlinuz-\(release)"))
    let modules = try root.place("usr/lib/modules/\(release)")
    let closure = try ModuleClosure(folder: modules, wanted: GuestInit.modules)
    let initrd = try Initrd.build(
      busybox: try readBusybox(context.store), modules: closure, script: GuestInit.script)
    defer { stage.finish() }
    return (
      try context.store.record(key("kernel"), kernel, MediaType.kernel),
      try context.store.record(key("initrd"), initrd, MediaType.initrd)
    )
  }

  // No link: what one leads to may lie outside of the tree.
  private func readKernel(_ path: FilePath) throws(Diagnostic) -> [UInt8] {
    var information = stat()
    guard lstat(path.string, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      throw Diagnostic(.failed, "the image's kernel, /boot/\(path.lastComponent?.string ?? ""), is no file")
    }
    return try DurableFile.read(path)
  }

  /// The newest kernel of the tree.
  private func kernelRelease(_ tree: FilePath) throws(Diagnostic) -> String {
    let boot = tree.appending("boot")
    let handle = open(boot.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    defer { if handle >= 0 { close(handle) } }
    let names = handle >= 0 ? try FolderTree.names(handle, boot) : []
    let releases = names.compactMap { $0.hasPrefix("vmlinuz-") ? String($0.dropFirst(8)) : nil }
    let newest = releases.max { a, b in
      guard let first = try? DebianVersion(parsing: a), let second = try? DebianVersion(parsing: b) else {
        return a < b
      }
      return first < second
    }
    guard let newest else {
      throw Diagnostic(
        .failed, "the recipe's packages hold no kernel, so the image could not boot",
        hints: ["add linux-image-cloud-amd64 (or another linux-image package) to the recipe's 'packages'"])
    }
    return newest
  }

  private func readBusybox(_ store: Store) throws(Diagnostic) -> [UInt8] {
    let file = try DebFile(try store.open(busybox), name: "busybox-static")
    let archive = try file.openData()
    while let entry = try archive.next() {
      guard entry.kind == .file, entry.path.hasSuffix("bin/busybox") else { continue }
      return try archive.readAll(limit: 16 << 20)
    }
    throw Diagnostic(.verificationFailed, "the locked package busybox-static holds no busybox")
  }
}
