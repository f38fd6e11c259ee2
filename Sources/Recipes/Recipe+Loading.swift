package import Essentials
import Glibc
package import SystemPackage

extension Recipe {
  /// The name of a recipe's file in its folder.
  package static let fileName: FilePath.Component = "recipe.yaml"

  /// Larger recipes than this, in bytes, are refused.
  private static let limit = 1 << 20

  /// Reads and checks the recipe at `path`.
  /// - Parameter path: the recipe's folder, or its file.
  /// - Throws: where something isn't as it should be, with file, line and column.
  package static func load(_ path: FilePath) throws(Diagnostic) -> Recipe {
    let file = try file(at: path)
    let bytes = try DurableFile.read(file, limit: limit)
    return try read(bytes, file: file)
  }

  /// Checks the recipe that `bytes` spell.
  /// - Parameter file: where they come from; the paths in the recipe are relative to its folder.
  package static func read(_ bytes: [UInt8], file: FilePath) throws(Diagnostic) -> Recipe {
    let node = try YAMLDocument.read(
      bytes, file: file.string, as: "recipe", whereEmpty: "it needs 'name' and 'base' at least")
    let folder = try RecipeFolder(file.removingLastComponent())
    return try RecipeReader(file: file, folder: folder, digest: Digest(of: bytes)).recipe(node)
  }

  private static func file(at path: FilePath) throws(Diagnostic) -> FilePath {
    var information = stat()
    guard stat(path.string, &information) == 0 else {
      let error = Errno.current
      guard error == .noSuchFileOrDirectory || error == .notDirectory else {
        throw .system(error, "open the recipe", path)
      }
      throw Diagnostic(
        .usage, "there is no recipe at \(path)",
        hints: ["name a folder that holds a \(fileName), as in recipes/logic"])
    }
    guard information.st_mode & S_IFMT == S_IFDIR else { return path }
    let file = path.appending(fileName)
    guard access(file.string, F_OK) == 0 else {
      throw Diagnostic(
        .usage, "the folder \(path) holds no \(fileName)",
        hints: ["name a folder that holds a \(fileName), as in recipes/logic"])
    }
    return file
  }
}
