import Essentials
import Glibc
import Recipes
import SystemPackage
import TestSupport

/// A recipe's folder with everything that the tests' recipes name.
struct RecipeFixture {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["app", "app/static", "templates", "units", "keys"] {
      try DurableFile.createFolder(folder.appending(name))
    }
    try write("print()\n", to: "app/manage.py")
    try write("server {}\n", to: "templates/nginx.conf")
    try write("KEY={{ django_secret_key }}\nDB={{database_url}}\n", to: "templates/app.env")
    try write("[Unit]\n", to: "units/app.service")
    try write("key\n", to: "keys/extra.asc")
    try write("django>=5\n", to: "requirements.in")
  }

  /// Adds what only recipes with faults name.
  func prepareFaults() throws {
    guard symlink("/etc", folder.appending("outside").string) == 0 else { throw Errno.current }
    for (name, text) in [
      ("templates/bad.env", "A=1\nB=é{{ a | b }}\n"), ("templates/open.env", "{{\n"),
      ("index.in", "django\n--index-url https://example.org/simple\n"),
      ("bad.in", "# one\ndjango >< 5 \\\n  # two\n"),
      ("away.in", "-r ../other.in\n"), ("missing.in", "\n-c requirements.im\n"), ("editable.in", "-e .\n"),
      ("hash.in", "django==5 \\\n  --hash=sha256:12\n"), ("md5.in", "django==5 --hash=md5:12\n"),
      ("option.in", "--pre\n"), ("requirement.in", "django==5 --config-settings=a\n"),
    ] { try write(text, to: name) }
    try DurableFile.write([0x41, 0xE9, 0x0A], to: folder.appending("templates/latin.env"))
  }

  var path: FilePath { folder.path }

  func write(_ text: String, to name: String) throws {
    try DurableFile.write(Array(text.utf8), to: folder.appending(name))
  }

  /// The recipe that `text` spells.
  func read(_ text: String) throws(Diagnostic) -> Recipe {
    try Recipe.read(Array(text.utf8), file: folder.appending("recipe.yaml"))
  }

  /// What is wrong with the recipe that `text` spells, as a person reads it, the folder's path taken out; nil
  /// where nothing is.
  func fault(_ text: String) -> String? {
    do {
      _ = try read(text)
      return nil
    } catch {
      return Self.text(error, without: folder.path)
    }
  }

  static func text(_ error: Diagnostic, without folder: FilePath) -> String {
    let kind = error.category == .usage ? "" : "[\(error.category)] "
    var text = kind + error.description
    while let range = text.firstRange(of: folder.string + "/") { text.removeSubrange(range) }
    return text
  }

  /// The least that a recipe needs, in five lines; what a test adds begins in line 6.
  static let least = """
    name: logic
    base:
      distribution: debian
      suite: bookworm
      architecture: amd64

    """
}

extension String {
  fileprivate func firstRange(of other: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
      start = index(after: start)
    }
    return nil
  }
}
