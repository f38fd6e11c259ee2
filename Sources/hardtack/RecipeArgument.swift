import ArgumentParser
import Essentials
import Images
import Lockfiles
import Recipes
import Storage
import SystemPackage

/// The recipe that a command is about.
struct RecipeArgument: ParsableArguments {
  @Argument(help: "The recipe's folder, or its recipe.yaml.", completion: .directory)
  var recipe: String

  var path: FilePath { FilePath(recipe) }

  func load() throws(Diagnostic) -> Recipe { try Recipe.load(path) }

  /// Where the recipe's lockfile is, or will be.
  func lockfilePath(of recipe: Recipe) -> FilePath { recipe.lockfilePath }

  /// The recipe's lockfile, which must fit it.
  func loadLockfile(of recipe: Recipe) throws(Diagnostic) -> Lockfile {
    try recipe.fittingLockfile(named: self.recipe)
  }
}

extension Recipe {
  var lockfilePath: FilePath { file.removingLastComponent().appending(Lockfile.fileName) }

  /// The recipe's lockfile.
  /// - Parameter argument: how the person called the recipe, for hints.
  /// - Throws: where there is none, or one that doesn't fit.
  func fittingLockfile(named argument: String) throws(Diagnostic) -> Lockfile {
    guard let lockfile = try Lockfile.load(lockfilePath) else {
      throw Diagnostic(
        .noSolution, "the recipe '\(name)' has no lockfile yet", hints: ["run 'hardtack lock \(argument)'"])
    }
    guard lockfile.recipe == resolutionDigest else {
      throw Diagnostic(
        .noSolution, "\(lockfilePath) is older than its recipe", hints: ["run 'hardtack lock \(argument)'"])
    }
    return lockfile
  }
}

extension Image {
  /// The lockfile that the image was baked from.
  func lockfile(in store: Store) throws(Diagnostic) -> Lockfile {
    try Lockfile.parse(
      try store.read(machine.lockfile, limit: 64 << 20), file: FilePath("the image's lockfile"))
  }
}
