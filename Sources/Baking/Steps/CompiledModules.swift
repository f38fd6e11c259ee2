import Essentials
import Storage
import SystemPackage

/// The .pyc files of an application's Python modules. Those of a folder are remembered by its modules, so after a change of
/// one module its folder's alone are compiled again.
///
/// What Python makes of a module depends on its text, its path and Python itself. A folder is compiled where none but modules
/// that are to be compiled are to be seen, beside the layers below.
struct CompiledModules {
  /// The modules of one folder.
  fileprivate struct Folder {
    /// Relative to the source; empty for the source itself.
    let path: String
    let modules: [SourceTree.Entry]
    let key: ActionKey
  }

  /// The .pyc files of a folder, by the modules' names.
  fileprivate typealias Contents = [(name: String, bytes: [UInt8])]

  let source: SourceTree
  /// Absolute, in the image.
  let destination: String
  let below: [Layer]
  let python: PythonRuntime

  /// .pyc files by their folders.
  struct Compiled: Sendable {
    fileprivate var folders: [(folder: Folder, contents: Contents)] = []
  }

  /// Modules that are still to be compiled.
  struct Missing: Sendable {
    fileprivate var folders: [Folder] = []
  }

  /// What is known of the modules, and what isn't.
  func lookUp(_ store: Store) throws(Diagnostic) -> (Compiled, Missing) {
    var known = Compiled()
    var missing = Missing()
    for folder in folders() {
      if let digest = try store.action(for: folder.key)?.outputs["modules"],
        let contents = Self.parse(try store.read(digest))
      {
        known.folders.append((folder, contents))
      } else {
        missing.folders.append(folder)
      }
    }
    return (known, missing)
  }

  /// Compiles what is missing, and remembers it.
  func compile(_ missing: Missing, _ context: BakeContext) async throws -> Compiled {
    var made = Compiled()
    if missing.folders.isEmpty { return made }
    let modules = missing.folders.flatMap(\.modules).map(\.path)
    let upper = try context.workspace.makeFolder("compiled")
    let inputs = try context.workspace.makeFolder("modules")
    var sandbox = try context.sandbox(over: below, writingTo: upper)
    let selected = Set(modules)
    try source.selecting { path, _ in selected.contains(path) }
      .copy(to: destination, in: UpperTree(upper: inputs, lowers: sandbox.lowers))
    sandbox.lowers.append(inputs)
    try await python.compile(modules.map { "\(destination)/\($0)" }, in: sandbox)
    let base = try UpperTree(upper: upper, lowers: sandbox.lowers).makeFolders(destination)
    for folder in missing.folders {
      var contents: Contents = []
      for module in folder.modules {
        let name = compiledName(module)
        let file = base.appending(folder.path).appending("__pycache__").appending(name)
        // One that has a syntax error has none.
        if FolderTree.exists(file) { contents.append((name, try DurableFile.read(file))) }
      }
      made.folders.append((folder, contents))
    }
    let digests = try context.store.publish(all: made.folders.map { Self.serialized($0.contents) })
    for (folder, digest) in zip(missing.folders, digests) {
      try context.store.record(folder.key, ActionResult(outputs: ["modules": digest]))
    }
    return made
  }

  /// Writes .pyc files.
  /// - Parameter base: where the application lies in its layer's tree, the source already in it.
  func place(_ compiled: Compiled, in base: FilePath) throws(Diagnostic) {
    for (folder, contents) in compiled.folders where !contents.isEmpty {
      let place = base.appending(folder.path).appending("__pycache__")
      try DurableFile.createFolder(place)
      for (name, bytes) in contents { try UpperTree.write(bytes, to: place.appending(name), mode: 0o644) }
    }
  }

  private func folders() -> [Folder] {
    var modules: [String: [SourceTree.Entry]] = [:]
    for entry in source.entries where entry.path.hasSuffix(".py") {
      guard case .file = entry.kind else { continue }
      let slash = entry.path.lastIndex(of: "/") ?? entry.path.startIndex
      modules[String(entry.path[..<slash]), default: []].append(entry)
    }
    return modules.sorted { $0.key < $1.key }.map { path, modules in
      var inputs: [String: Digest] = [:]
      for layer in below { inputs["below " + layer.name] = layer.digest }
      for module in modules { inputs["module " + module.path] = module.digest }
      let key = ActionKey(
        "compiled modules", version: BakeContext.version, inputs: inputs,
        parameters: ["destination": destination, "python": python.key])
      return Folder(path: path, modules: modules, key: key)
    }
  }

  /// Source: PEP 3147.
  private func compiledName(_ module: SourceTree.Entry) -> String {
    let name = module.path.split(separator: "/").last ?? ""
    return "\(name.dropLast(3)).cpython-\(python.version.filter { $0 != "." }).pyc"
  }

  /// For each file a line with the sizes of name and content in bytes, then both.
  private static func serialized(_ contents: Contents) -> [UInt8] {
    contents.flatMap { name, bytes in Array("\(name.utf8.count) \(bytes.count)\n\(name)".utf8) + bytes }
  }

  /// - Returns: nil where it's of another form.
  private static func parse(_ bytes: [UInt8]) -> Contents? {
    var contents: Contents = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      let sizes = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ").compactMap { Int($0) }
      rest = rest[(end + 1)...]
      guard sizes.count == 2, sizes.allSatisfy({ $0 >= 0 && $0 <= rest.count }),
        sizes[0] + sizes[1] <= rest.count
      else { return nil }
      let name = String(decoding: rest.prefix(sizes[0]), as: UTF8.self)
      contents.append((name, Array(rest.dropFirst(sizes[0]).prefix(sizes[1]))))
      rest = rest.dropFirst(sizes[0] + sizes[1])
    }
    return contents
  }
}
