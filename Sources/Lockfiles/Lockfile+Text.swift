package import Essentials
package import SystemPackage

extension Lockfile {
  /// The canonical text: keys in one order, artifacts sorted, one a line, a newline at the end.
  package var text: String {
    var text = """
      {"lockfile": \(Self.version),
       "recipe": \(Self.quoted(recipe.description)),
       "epoch": \(epoch),
       "debian": {
        "architecture": \(Self.quoted(debian.architecture.debian)),

      """
    text += Self.list("suites", debian.suites.map(\.line)) + ",\n"
    text += Self.list("packages", debian.packages.map(\.line)) + ",\n"
    text += Self.list("initrd", debian.initrd.map(\.line))
    if !debian.build.isEmpty { text += ",\n" + Self.list("build", debian.build.map(\.line)) }
    text += "\n }"
    if let python {
      text += ",\n \"python\": {\n  \"interpreter\": \(Self.quoted(python.interpreter)),\n"
      text += Self.list("packages", python.packages.map { Self.object($0.fields) })
      if !python.sources.isEmpty {
        let requires = python.sources.flatMap { source in
          source.requires.map { [("for", Self.quoted(source.name))] + $0.fields }
        }
        text += ",\n" + Self.list("sources", python.sources.map { Self.object($0.fields) })
        text += ",\n" + Self.list("build", requires.map(Self.object))
      }
      text += "\n }"
    }
    return text + "}\n"
  }

  /// Writes the canonical text to `path`: the file is the old or the new one, whatever happens.
  package func write(to path: FilePath) throws(Diagnostic) {
    try DurableFile.write(Array(text.utf8), to: path)
  }

  private static func list(_ key: String, _ lines: [String]) -> String {
    guard !lines.isEmpty else { return "  \"\(key)\": []" }
    return "  \"\(key)\": [\n" + lines.map { "   " + $0 }.joined(separator: ",\n") + "\n  ]"
  }

  /// A JSON string; what isn't ASCII stands as it is.
  fileprivate static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  fileprivate static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
  }

  /// A single reason stands by itself, several in a list.
  fileprivate static func reasons(_ reasons: [Reason]) -> String {
    let texts = reasons.map { quoted($0.description) }
    return texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
  }
}

extension Lockfile.Suite {
  fileprivate var line: String {
    Lockfile.object([
      ("suite", Lockfile.quoted(suite)), ("origin", Lockfile.quoted(origin)),
      ("label", Lockfile.quoted(label)),
      ("date", Lockfile.quoted(Timestamp.text(date))), ("release", Lockfile.quoted(release.description)),
    ])
  }
}

extension Lockfile.DebianPin {
  fileprivate var line: String {
    Lockfile.object([
      ("name", Lockfile.quoted(name)), ("version", Lockfile.quoted(version)),
      ("architecture", Lockfile.quoted(architecture)), ("size", String(size)),
      ("sha256", Lockfile.quoted(digest.hexadecimal)), ("path", Lockfile.quoted(path)),
      ("suite", Lockfile.quoted(suite)), ("because", Lockfile.reasons(because)),
    ])
  }
}

extension Lockfile.PythonPin {
  fileprivate var fields: [(String, String)] {
    [
      ("name", Lockfile.quoted(name)), ("version", Lockfile.quoted(version)), ("file", Lockfile.quoted(file)),
      ("size", String(size)), ("sha256", Lockfile.quoted(digest.hexadecimal)),
      ("because", Lockfile.reasons(because)),
    ]
  }
}

extension Lockfile.SourcePin {
  fileprivate var fields: [(String, String)] {
    [
      ("name", Lockfile.quoted(name)), ("version", Lockfile.quoted(version)), ("file", Lockfile.quoted(file)),
      ("size", String(size)), ("sha256", Lockfile.quoted(digest.hexadecimal)),
    ]
  }
}
