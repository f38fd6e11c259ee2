import Essentials
import Images
import SystemPackage

/// What an image's initrd lacks to start from a disk with partitions: another `/init`, drivers, and what sets up dm-verity.
/// It's a further archive, which the kernel unpacks over the first.
struct DiskInitrd {
  private let tree: ImageTree
  private let modules: String
  private let index: ModuleIndex
  /// The path of each program and library that dm-verity takes, and its node; empty where the image lacks one.
  private let verityFiles: [String: Int]

  /// - Parameters:
  ///   - kernel: the digest of the image's kernel, which tells its modules from those of others.
  /// - Throws: where the tree has no such kernel, or lacks its modules' index.
  init(_ tree: ImageTree, kernel: Digest) throws(Diagnostic) {
    self.tree = tree
    let boot = tree.find("/boot").map { tree.children(of: $0) } ?? 0..<0
    let release = boot.first { node in
      tree.name(of: node).starts(with: "vmlinuz-".utf8)
        && Digest(of: tree.content(of: node, limit: 256 << 20)) == kernel
    }.map { String(decoding: tree.name(of: $0).dropFirst(8), as: UTF8.self) }
    guard let release else {
      throw Diagnostic(.verificationFailed, "the root tree doesn't hold the image's kernel any more")
    }
    let folder = "/usr/lib/modules/\(release)"
    modules = folder
    func bytes(_ name: String) -> [UInt8] {
      tree.find("\(folder)/\(name)").map { tree.content(of: $0, limit: 64 << 20) } ?? []
    }
    func text(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }
    index = ModuleIndex(
      dependencies: text("modules.dep"), builtin: text("modules.builtin"),
      softDependencies: text("modules.softdep"), aliases: text("modules.alias"),
      builtinInformation: bytes("modules.builtin.modinfo"))
    verityFiles = Self.verityFiles(tree)
  }

  /// Whether the image has what dm-verity takes.
  var hasVerity: Bool { !verityFiles.isEmpty && knows("dm_verity") }

  private func knows(_ module: String) -> Bool {
    index.paths[module] != nil || index.builtin.contains(module)
  }

  /// The further archive.
  func bytes() throws(Diagnostic) -> [UInt8] {
    let folder = FilePath(modules)
    let present = try ModuleClosure(index: index, folder: folder, wanted: GuestInit.modules)
    let wanted = try ModuleClosure(
      index: index, folder: folder, wanted: GuestInit.partitionModules.filter(knows))
    let known = Set(present.modules.map(\.name))
    var archive = CpioArchive()
    var order = ""
    for module in wanted.modules where !known.contains(module.name) {
      guard let node = tree.find("\(modules)/\(module.path)") else {
        throw Diagnostic(.verificationFailed, "the root tree lacks the kernel's module '\(module.name)'")
      }
      let content = try ModuleClosure.decompressed(tree.content(of: node, limit: 64 << 20), path: module.path)
      archive.add("modules/\(module.name).ko", .file(content, executable: false))
      order += "/modules/\(module.name).ko\n"
    }
    archive.add("modules.drivers", .file(Array(order.utf8), executable: false))
    archive.add("init", .file(Array(GuestInit.partitionScript.utf8), executable: true))
    for (path, node) in verityFiles {
      archive.add(path, .file(tree.content(of: node, limit: 64 << 20), executable: true))
    }
    return try archive.bytes()
  }

  /// dmsetup, its loader and its libraries.
  private static func verityFiles(_ tree: ImageTree) -> [String: Int] {
    guard let program = tree.find("/usr/sbin/dmsetup") else { return [:] }
    var found = [GuestInit.verityProgram: program]
    var pending = [program]
    while let node = pending.popLast() {
      let elf = tree.content(of: node, limit: 64 << 20).withUnsafeBytes { ElfFile($0) }
      guard let elf else { return [:] }
      for name in elf.needed {
        let places =
          name.hasPrefix("/")
          ? [name]
          : Architecture.allCases.map { "/usr/lib/\($0.machine)-linux-gnu/\(name)" }
        guard let library = places.lazy.compactMap({ tree.find($0) }).first else { return [:] }
        let path = name.hasPrefix("/") ? String(name.dropFirst()) : "lib/\(name)"
        if found.updateValue(library, forKey: path) == nil { pending.append(library) }
      }
    }
    return found
  }
}
