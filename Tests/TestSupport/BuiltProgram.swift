package import SystemPackage

/// The programs of this package.
package enum BuiltProgram {
  /// Where `name` is: beside the tests' own program, or where the package's debug build puts it.
  package static func path(_ name: String) -> FilePath {
    // Absolute also where the tests were started by a relative path, since programs are started in other folders.
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }.map {
      package.pushing(FilePath($0).removingLastComponent())
    }
    return (bundle ?? package.pushing(".build/debug")).appending(name)
  }

  /// The package's folder.
  package static let package = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()
}
