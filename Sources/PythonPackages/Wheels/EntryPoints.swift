import Essentials

/// The programs that a wheel asks for in `entry_points.txt`.
///
/// Source: the PyPA specification "Entry points": sections in brackets, `name = module:object` in each.
struct EntryPoints: Sendable {
  struct Program: Sendable, Hashable {
    var name: String
    var module: String
    /// The object in the module, with dots.
    var object: String
  }

  /// Those of `console_scripts` and `gui_scripts`, in the order of the file, the last of a name counting.
  private(set) var programs: [Program] = []

  init(parsing bytes: [UInt8], file: String) throws(Diagnostic) {
    var isOfPrograms = false
    var line = 0
    for raw in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      line += 1
      let text = Self.trimmed(String(decoding: raw, as: UTF8.self)[...])
      if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") { continue }
      if text.hasPrefix("[") {
        let section = text.dropFirst().prefix { $0 != "]" }
        isOfPrograms = section == "console_scripts" || section == "gui_scripts"
        continue
      }
      guard isOfPrograms else { continue }
      guard let program = Self.program(text) else {
        throw Diagnostic(
          .verificationFailed, "'\(text)' is no entry point of the form 'name = module:object'",
          at: .init(file: file, line: line))
      }
      programs.removeAll { $0.name == program.name }
      programs.append(program)
    }
  }

  private static func program(_ text: Substring) -> Program? {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let name = trimmed(text[..<equals])
    // Extras behind the object were once allowed and mean nothing any more.
    let value = trimmed(text[text.index(after: equals)...].prefix { $0 != "[" })
    let parts = value.split(separator: ":", omittingEmptySubsequences: false).map { trimmed($0) }
    let isName = name.utf8.allSatisfy { TextScanner.isWord($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x2B }
    guard parts.count == 2, !name.isEmpty, isName, name != ".", name != "..", name.utf8.count <= 200,
      isDotted(parts[0]), isDotted(parts[1])
    else { return nil }
    return Program(name: String(name), module: String(parts[0]), object: String(parts[1]))
  }

  private static func isDotted(_ text: Substring) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      part.utf8.first.map(TextScanner.isDigit) == false && part.utf8.allSatisfy(TextScanner.isWord)
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.utf8.first, TextScanner.isSpace(first) { text = text.dropFirst() }
    while let last = text.utf8.last, TextScanner.isSpace(last) { text = text.dropLast() }
    return text
  }

  /// The programs to make, where pip's own get the names that suit the target's Python.
  func programs(forPython series: String) -> [Program] {
    guard let pip = programs.first(where: { $0.name == "pip" }) else { return programs }
    let major = series.prefix { $0 != "." }
    let names = ["pip", "pip\(major)", "pip\(series)"]
    let others = programs.filter { program in
      !(program.name.hasPrefix("pip") && program.name.dropFirst(3).allSatisfy { $0.isNumber || $0 == "." })
    }
    return names.map { Program(name: $0, module: pip.module, object: pip.object) } + others
  }
}

extension EntryPoints.Program {
  /// The script that runs it, as pip writes it.
  func script(interpreter: String) -> String {
    """
    \(Shebang.line(interpreter: interpreter))\
    import sys
    from \(module) import \(object.prefix { $0 != "." })
    if __name__ == '__main__':
        sys.argv[0] = sys.argv[0].removesuffix('.exe')
        sys.exit(\(object)())

    """
  }
}

/// The first line of a script. Source: pip's `distlib.scripts`.
enum Shebang {
  /// A path that the kernel wouldn't take, for its length or its spaces, is run through the shell.
  static func line(interpreter: String) -> String {
    guard interpreter.contains(" ") || interpreter.utf8.count + 3 > 127 else { return "#!\(interpreter)\n" }
    let path = interpreter.contains(" ") ? "\"\(interpreter)\"" : interpreter
    return "#!/bin/sh\n'''exec' \(path) \"$0\" \"$@\"\n' '''\n"
  }

  /// What must take the place of the first line of `content`, where that begins with `#!python`.
  static func rewritten(_ content: [UInt8], interpreter: String) -> [UInt8]? {
    guard content.starts(with: "#!python".utf8) else { return nil }
    let end = content.firstIndex(of: 0x0A).map { $0 + 1 } ?? content.endIndex
    return Array("#!\(interpreter)\n".utf8) + content[end...]
  }
}
