import Essentials

/// Each program that the recipe's units start, the later lines' too, must be there.
///
/// `systemd-analyze verify` looks at the first `ExecStart=` of a unit alone. Sources: systemd.service(5), "Command lines";
/// `verify_executables` in systemd's analyze-verify.c.
struct UnitProgramGate {
  let units: [String]

  private static let keys: Set<String> = [
    "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost",
  ]
  /// Where systemd looks for a name without a slash.
  private static let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"]

  func findings(in tree: ImageTree) -> [String] {
    let files = UnitFiles(tree: tree)
    var findings: [String] = []
    for unit in units {
      let settings = files.settings(of: unit)
      // Of another root tree, or of folders of its own, nothing is known.
      if settings.contains(where: {
        ["RootDirectory", "RootImage", "ExecSearchPath"].contains($0.key) && !$0.value.isEmpty
      }) {
        continue
      }
      for setting in settings where Self.keys.contains(setting.key) {
        guard let program = Self.program(setting.value), !isThere(program, in: tree) else { continue }
        findings.append(
          "\(unit) starts \(program.printable) by \(setting.key), which isn't there (\(tree.pathText(of: setting.node)))"
        )
      }
    }
    return findings
  }

  /// The program of a command line; nil where it may fail, or isn't known before the unit starts.
  static func program(_ line: String) -> String? {
    let prefixes = line.prefix { "@-:+!".contains($0) }
    guard !prefixes.contains("-") else { return nil }
    let rest = line[prefixes.endIndex...]
    let quote = rest.first.flatMap { "\"'".contains($0) ? $0 : nil }
    let word =
      if let quote { rest.dropFirst().prefix { $0 != quote } } else { rest.prefix { !$0.isWhitespace } }
    guard !word.isEmpty, !word.contains("%"), !word.contains("\\") else { return nil }
    return String(word)
  }

  private func isThere(_ program: String, in tree: ImageTree) -> Bool {
    let paths = program.contains("/") ? [program] : Self.folders.map { "\($0)/\(program)" }
    return paths.contains { path in
      guard let node = tree.find(path) else { return false }
      let entry = tree.entry(node)
      return entry.kind == .file && entry.permissions & 0o111 != 0
    }
  }
}
