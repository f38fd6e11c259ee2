import Essentials

/// Where each file of a wheel goes, relative to the environment.
///
/// Source: the PyPA specification "Binary distribution format", "The .data directory", with the places of a virtual
/// environment on Debian, where pure and other libraries share one folder.
struct InstallationPlan {
  enum Destination: Equatable {
    case file(String)
    /// A script, whose first line may have to change.
    case script(String)
    /// Left out: a program is made in its stead, or a new RECORD is written.
    case skipped
  }

  let wheel: Wheel
  let library: String
  let series: String
  /// The names of the programs that will be made.
  let programs: Set<String>

  func destination(of path: String) throws(Diagnostic) -> Destination {
    if path == "\(wheel.infoFolder)/RECORD" { return .skipped }
    guard path.hasPrefix(wheel.dataFolder + "/") else { return .file("\(library)/\(path)") }
    let rest = path.dropFirst(wheel.dataFolder.utf8.count + 1)
    guard let slash = rest.firstIndex(of: "/") else {
      throw Diagnostic(
        .verificationFailed,
        "\(wheel.filename.text) holds '\(path)', which is in none of the folders of .data")
    }
    let name = String(rest[rest.index(after: slash)...])
    switch rest[..<slash] {
    case "purelib", "platlib": return .file("\(library)/\(name)")
    case "headers":
      let stem = wheel.infoFolder.prefix { $0 != "-" }
      return .file("include/site/python\(series)/\(stem)/\(name)")
    case "scripts": return isProgram(name) ? .skipped : .script("bin/\(name)")
    case "data":
      // lib64 is a link to lib, and links aren't followed.
      return .file(name.hasPrefix("lib64/") ? "lib/" + name.dropFirst(6) : name)
    case let other:
      throw Diagnostic(
        .verificationFailed,
        "\(wheel.filename.text) holds '\(path)', and '\(other)' is no folder that .data may have")
    }
  }

  /// Whether setuptools made the script for an entry point that gets its own.
  private func isProgram(_ name: String) -> Bool {
    let last = name.split(separator: "/").last.map(String.init) ?? name
    for ending in [".exe", "-script.py", ".pya"] where last.lowercased().hasSuffix(ending) {
      return programs.contains(String(last.dropLast(ending.count)))
    }
    return programs.contains(last)
  }
}
