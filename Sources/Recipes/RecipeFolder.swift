import Essentials
import Glibc
package import SystemPackage

/// A file or folder that a recipe names.
package struct RecipePath: Sendable, Equatable {
  /// As the recipe has it, in its shortest form, relative to the recipe's folder.
  package var relative: FilePath
  /// Where it really is: absolute, all symbolic links followed, inside the recipe's folder when it was read.
  package var real: FilePath
  package var isFolder: Bool
}

/// The folder that a recipe stands in, and that its paths may not leave.
package struct RecipeFolder: Sendable, Equatable {
  /// Absolute, all symbolic links followed.
  package let real: FilePath

  init(_ folder: FilePath) throws(Diagnostic) {
    guard let real = Self.realPath(folder) else { throw .system(.current, "open the folder", folder) }
    self.real = real
  }

  /// The file or folder behind `field`.
  func path(_ field: Field) throws(Diagnostic) -> Located<RecipePath> {
    let text = try field.text().value
    return Located(try path(text, wrong: field.wrong), at: field.location)
  }

  /// The file or folder that `text` names.
  /// - Parameters:
  ///   - base: the folder that `text` is relative to, itself relative to this one.
  ///   - wrong: makes an error of a message and a hint.
  func path(
    _ text: String, relativeTo base: FilePath = "", wrong: (String, String?) -> Diagnostic
  ) throws(Diagnostic) -> RecipePath {
    guard !text.hasPrefix("/") else {
      throw wrong(
        "must be relative to the recipe's folder, not '\(text)'",
        "copy what the recipe needs into its folder")
    }
    let relative = base.appending(text).lexicallyNormalized()
    guard relative.components.first?.kind != .parentDirectory else {
      throw wrong("leaves the recipe's folder: '\(text)'", "copy what the recipe needs into its folder")
    }
    guard let target = Self.realPath(real.pushing(relative)) else {
      let error = Errno.current
      throw error == .noSuchFileOrDirectory || error == .notDirectory
        ? wrong("names '\(text)', which doesn't exist", nearest(relative))
        : wrong("names '\(text)', which can't be read: \(error.text)", nil)
    }
    guard target.starts(with: real) else {
      throw wrong(
        "leaves the recipe's folder through a symbolic link: '\(text)'",
        "replace the link by what it points to")
    }
    var information = stat()
    guard stat(target.string, &information) == 0 else {
      throw wrong("names '\(text)', which can't be read: \(Errno.current.text)", nil)
    }
    let kind = information.st_mode & S_IFMT
    guard kind == S_IFDIR || kind == S_IFREG else {
      throw wrong("names '\(text)', which is neither a file nor a folder", nil)
    }
    return RecipePath(relative: relative, real: target, isFolder: kind == S_IFDIR)
  }

  /// What in the same folder has almost that name.
  private func nearest(_ path: FilePath) -> String? {
    let parent = path.removingLastComponent()
    let folder = real.pushing(parent)
    guard let stream = opendir(folder.string) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < 10_000, let entry = readdir(stream) {
      // d_name is an array of the structure; the entry is valid until the next call.
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(parent.appending(name).string) }
    }
    return NearestName.hint(for: path.string, among: names)
  }

  private static func realPath(_ path: FilePath) -> FilePath? {
    guard let resolved = realpath(path.isEmpty ? "." : path.string, nil) else { return nil }
    defer { free(resolved) }
    return FilePath(String(cString: resolved))
  }
}
