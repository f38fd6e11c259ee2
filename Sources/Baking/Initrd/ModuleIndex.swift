package import Essentials
import Glibc
package import SystemPackage

/// What depmod and the kernel's build say of a kernel's modules: the files beside them, parsed.
///
/// Source: kmod's modules.dep(5) and depmod.d(5); the kernel's Documentation/kbuild/kbuild.rst for
/// `modules.builtin` and `modules.builtin.modinfo`.
package struct ModuleIndex: Sendable {
  struct Soft: Sendable {
    var before: [String] = []
    var after: [String] = []
  }

  /// For each module, its path below the kernel's folder.
  private(set) var paths: [String: String] = [:]
  /// For each module, what must be loaded before it, in the order to load.
  private(set) var dependencies: [String: [String]] = [:]
  private(set) var builtin: Set<String> = []
  private(set) var soft: [String: Soft] = [:]
  /// Names without wildcards that stand for modules.
  private(set) var aliases: [String: [String]] = [:]

  /// Parses the files' texts; those that a kernel needn't have are empty by default.
  /// - Parameters:
  ///   - dependencies: `modules.dep`.
  ///   - builtin: `modules.builtin`.
  ///   - softDependencies: `modules.softdep`.
  ///   - aliases: `modules.alias`.
  ///   - builtinInformation: `modules.builtin.modinfo`.
  package init(
    dependencies: String, builtin: String = "", softDependencies: String = "", aliases: String = "",
    builtinInformation: [UInt8] = []
  ) {
    for line in dependencies.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = Self.name(ofPath: line[..<colon])
      paths[name] = String(line[..<colon])
      self.dependencies[name] = line[line.index(after: colon)...].split(separator: " ").reversed()
        .map { Self.name(ofPath: $0) }
    }
    for line in builtin.split(separator: "\n") { self.builtin.insert(Self.name(ofPath: line)) }
    for line in softDependencies.split(separator: "\n") { parseSoft(line) }
    for line in aliases.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, words[0] == "alias" else { continue }
      addAlias(words[1], for: words[2])
    }
    // Records of `MODULE.KEY=VALUE`, each ending with a zero.
    for record in builtinInformation.split(separator: 0) {
      let text = String(decoding: record, as: UTF8.self)
      guard let equals = text.firstIndex(of: "="), let dot = text.firstIndex(of: "."), dot < equals,
        text[text.index(after: dot)..<equals] == "alias"
      else { continue }
      addAlias(text[text.index(after: equals)...], for: text[..<dot])
    }
  }

  /// Reads the files in a kernel's folder, `/usr/lib/modules/RELEASE`.
  /// - Throws: where `modules.dep` can't be read.
  package init(folder: FilePath) throws(Diagnostic) {
    func optional(_ name: String) throws(Diagnostic) -> [UInt8] {
      let path = folder.appending(name)
      var information = stat()
      guard stat(path.string, &information) == 0 else { return [] }
      return try DurableFile.read(path, limit: 64 << 20)
    }
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    let list = folder.appending("modules.dep")
    let dependencies: [UInt8]
    do {
      dependencies = try DurableFile.read(list, limit: 64 << 20)
    } catch {
      throw error.hint("the kernel's package runs depmod when it is configured; make sure that it was")
    }
    self.init(
      dependencies: text(dependencies), builtin: text(try optional("modules.builtin")),
      softDependencies: text(try optional("modules.softdep")), aliases: text(try optional("modules.alias")),
      builtinInformation: try optional("modules.builtin.modinfo"))
  }

  /// A module's one name: the kernel takes hyphens and underscores for the same.
  static func canonical(_ name: some StringProtocol) -> String {
    String(name.map { $0 == "-" ? "_" : $0 })
  }

  /// `kernel/fs/erofs/erofs.ko.xz` is `erofs`.
  private static func name(ofPath path: Substring) -> String {
    let file = path.split(separator: "/").last ?? path
    return canonical(file.prefix { $0 != "." })
  }

  private mutating func addAlias(_ alias: some StringProtocol, for module: some StringProtocol) {
    guard !alias.contains(where: { "*?[".contains($0) }) else { return }
    let name = Self.canonical(module)
    let key = Self.canonical(alias)
    if aliases[key]?.contains(name) != true { aliases[key, default: []].append(name) }
  }

  /// `softdep NAME pre: A B post: C`; without either word the names come before.
  private mutating func parseSoft(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count >= 3, words[0] == "softdep" else { return }
    var isAfter = false
    let name = Self.canonical(words[1])
    for word in words.dropFirst(2) {
      switch word {
      case "pre:": isAfter = false
      case "post:": isAfter = true
      default:
        if isAfter {
          soft[name, default: Soft()].after.append(Self.canonical(word))
        } else {
          soft[name, default: Soft()].before.append(Self.canonical(word))
        }
      }
    }
  }
}
