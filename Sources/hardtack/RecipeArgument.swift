import ArgumentParser
import Essentials
import Lockfiles
import Recipes
import SystemPackage

/// The recipe that a command is about.
struct RecipeArgument: ParsableArguments {
  @Argument(help: "The recipe's folder, or its recipe.yaml.", completion: .directory)
  var recipe: String

  var path: FilePath { FilePath(recipe) }

  func load() throws(Diagnostic) -> Recipe { try Recipe.load(path) }

  /// Where the recipe's lockfile is, or will be.
  func lockfilePath(of recipe: Recipe) -> FilePath {
    recipe.file.removingLastComponent().appending(Lockfile.fileName)
  }

  /// The recipe's lockfile, which must fit it.
  func loadLockfile(of recipe: Recipe) throws(Diagnostic) -> Lockfile {
    let path = lockfilePath(of: recipe)
    guard let lockfile = try Lockfile.load(path) else {
      throw Diagnostic(
        .noSolution, "the recipe '\(recipe.name)' has no lockfile yet",
        hints: ["run 'hardtack lock \(self.recipe)'"])
    }
    guard lockfile.recipe == recipe.resolutionDigest else {
      throw Diagnostic(
        .noSolution, "\(path) is older than its recipe", hints: ["run 'hardtack lock \(self.recipe)'"])
    }
    return lockfile
  }
}
