package import Essentials
package import SystemPackage

/// Kernel modules with all that they depend on, in the order to load them.
package struct ModuleClosure: Sendable {
  package struct Module: Sendable, Hashable {
    /// With underscores: `virtio_blk`.
    package let name: String
    /// Below the kernel's folder: `kernel/drivers/block/virtio_blk.ko.xz`.
    package let path: String
    /// Only wished for by others (`modules.softdep`): where it fails to load, as `crc32c_intel` does on a
    /// processor without the instruction, all else works.
    package let isOptional: Bool
  }

  /// The most that one module unpacks to, in bytes.
  private static let moduleLimit = 64 << 20

  package let modules: [Module]
  /// Those wanted that the kernel has built in.
  package let builtin: [String]
  private let folder: FilePath

  /// Finds what loading modules takes.
  /// - Parameters:
  ///   - folder: the kernel's, `/usr/lib/modules/RELEASE` of a tree.
  ///   - wanted: names of modules or aliases of theirs; hyphens and underscores are the same.
  /// - Throws: where the folder can't be read or has no such module.
  package init(folder: FilePath, wanted: [String]) throws(Diagnostic) {
    try self.init(index: ModuleIndex(folder: folder), folder: folder, wanted: wanted)
  }

  package init(index: ModuleIndex, folder: FilePath, wanted: [String]) throws(Diagnostic) {
    var walk = ModuleWalk(index: index)
    for name in wanted {
      guard walk.load(name) else {
        let kernel = folder.lastComponent?.string ?? folder.string
        let missing = Diagnostic(.failed, "the kernel \(kernel) has no module '\(name)'")
        let known = index.paths.keys.sorted() + index.builtin.sorted()
        throw NearestName.hint(for: ModuleIndex.canonical(name), among: known).map { missing.hint($0) }
          ?? missing
      }
    }
    modules = walk.order.compactMap { name in
      index.paths[name].map { Module(name: name, path: $0, isOptional: !walk.required.contains(name)) }
    }
    builtin = walk.builtin
    self.folder = folder
  }

  /// A module's bytes, decompressed.
  package func content(of module: Module) throws(Diagnostic) -> [UInt8] {
    let path = folder.appending(module.path)
    return try Self.decompressed(try DurableFile.read(path, limit: Self.moduleLimit), path: path.string)
  }

  /// - Parameter path: the file's, whose name tells whether it's compressed.
  static func decompressed(_ bytes: [UInt8], path: String) throws(Diagnostic) -> [UInt8] {
    guard !path.hasSuffix(".ko") else { return bytes }
    return try ArchiveReader.decompress(bytes, limit: moduleLimit, name: path)
  }
}

/// The search in the order of modprobe: what a module depends on, each with what it would rather have before
/// and after, then the module itself. Source: kmod's libkmod-module.c, `__kmod_module_get_probe_list`.
private struct ModuleWalk {
  /// How deep soft dependencies may lead on; modules that lead in a circle are visited once anyway.
  private static let depthLimit = 64

  let index: ModuleIndex
  private(set) var order: [String] = []
  private(set) var builtin: [String] = []
  private(set) var required: Set<String> = []
  private var visited: Set<String> = []

  init(index: ModuleIndex) { self.index = index }

  /// - Returns: false where there is no such module.
  mutating func load(_ name: String, depth: Int = 0, isSoft: Bool = false) -> Bool {
    let name = ModuleIndex.canonical(name)
    guard depth < Self.depthLimit else { return true }
    if index.paths[name] != nil {
      for dependency in index.dependencies[name] ?? [] { add(dependency, depth, isSoft) }
      add(name, depth, isSoft)
      return true
    }
    if index.builtin.contains(name) {
      if visited.insert(name).inserted, depth == 0 { builtin.append(name) }
      return true
    }
    // An alias stands for modules, never for another alias.
    guard let modules = index.aliases[name] else { return false }
    var isFound = false
    for module in modules where index.paths[module] != nil || index.builtin.contains(module) {
      isFound = load(module, depth: depth + 1, isSoft: isSoft) || isFound
    }
    if isFound, depth == 0, modules.allSatisfy({ index.paths[$0] == nil }) { builtin.append(name) }
    return isFound
  }

  private mutating func add(_ module: String, _ depth: Int, _ isSoft: Bool) {
    if !isSoft { required.insert(module) }
    guard visited.insert(module).inserted, index.paths[module] != nil else { return }
    let soft = index.soft[module] ?? ModuleIndex.Soft()
    // What isn't there is no fault: it's only soft.
    for name in soft.before { _ = load(name, depth: depth + 1, isSoft: true) }
    order.append(module)
    for name in soft.after { _ = load(name, depth: depth + 1, isSoft: true) }
  }
}
