import ArgumentParser
import Essentials
import Glibc
import Storage
import SystemPackage

/// What every command takes.
struct SharedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of the store.",
      discussion:
        "HARDTACK_STORE unless given; else the folder 'cache' beside the 'recipes' that the recipe is in; else one in the user's cache folder.",
      valueName: "folder"))
  var store: String?

  @Flag(name: [.short, .long], help: "Say nothing but errors.")
  var quiet = false

  var progress: Progress { Progress(style: Progress.suitable(quiet: quiet, environment: environment)) }

  /// Opens the store.
  /// - Parameter recipe: the recipe that the command is about; then a store is made where there is none. A command that
  ///   only looks at one makes none.
  func openStore(for recipe: FilePath? = nil) throws(Diagnostic) -> Store {
    let folder = storeFolder(for: recipe)
    return try Store(at: folder, creating: recipe != nil)
  }

  /// Opens the store that a command without a recipe is to fill; it's made where there is none.
  func makeStore() throws(Diagnostic) -> Store { try Store(at: storeFolder(for: nil), creating: true) }

  private func storeFolder(for recipe: FilePath?) -> FilePath {
    if let store { return FilePath(store) }
    if let store = environment("HARDTACK_STORE"), !store.isEmpty { return FilePath(store) }
    // recipes/NAME stands beside cache; without a recipe at hand, the working folder may hold both.
    var candidates: [FilePath] = []
    if let recipe, let real = realPath(recipe) {
      let folder = real.lastComponent == "recipe.yaml" ? real.removingLastComponent() : real
      let parent = folder.removingLastComponent()
      if parent.lastComponent == "recipes" { return parent.removingLastComponent().appending("cache") }
    } else if let here = realPath(".") {
      candidates.append(here.appending("cache"))
    }
    for folder in candidates where access(folder.appending("oci-layout").string, F_OK) == 0 { return folder }
    let base =
      environment("XDG_CACHE_HOME").flatMap { $0.isEmpty ? nil : $0 } ?? (environment("HOME") ?? "/root")
      + "/.cache"
    return FilePath(base).appending("hardtack")
  }

  private func realPath(_ path: FilePath) -> FilePath? {
    guard let real = realpath(path.string, nil) else { return nil }
    defer { free(real) }
    return FilePath(String(cString: real))
  }
}

/// The value of an environment variable.
func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
