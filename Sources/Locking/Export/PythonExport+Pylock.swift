import Essentials
import Lockfiles

extension PythonExport {
  /// Source: the PyPA specification "pylock.toml" (PEP 751).
  ///
  /// A wheel must have a `url` or a `path` there. As no host is named it's a path: that of a file beside the lockfile.
  var pylock: String {
    var needs: [String: [String]] = [:]
    for pin in pins {
      for name in askers(of: pin).names { needs[name, default: []].append(pin.name) }
    }
    let environment =
      "implementation_name == 'cpython' and platform_machine == '\(architecture.machine)' and sys_platform == 'linux'"
    var text = """
      lock-version = "1.0"
      environments = [\(Self.quoted(environment))]
      requires-python = \(Self.quoted("==\(python.interpreter).*"))
      created-by = "hardtack"

      """
    // Without one, `packages` must be there all the same.
    if pins.isEmpty { text += "packages = []\n" }
    for pin in pins {
      text += "\n[[packages]]\nname = \(Self.quoted(pin.name))\nversion = \(Self.quoted(pin.version))\n"
      let names = (needs[pin.name] ?? []).filter { $0 != pin.name }.map { "{name = \(Self.quoted($0))}" }
      if !names.isEmpty { text += "dependencies = [\(names.joined(separator: ", "))]\n" }
      if let source = python.source(of: pin) {
        text += "sdist = \(Self.file(source.file, source.size, source.digest))\n"
      } else {
        text += "wheels = [\(Self.file(pin.file, pin.size, pin.digest))]\n"
      }
    }
    return text
  }

  private static func file(_ name: String, _ size: Int64, _ digest: Digest) -> String {
    "{path = \(quoted(name)), size = \(size), hashes = {sha256 = \(quoted(digest.hexadecimal))}}"
  }

  /// A basic string of TOML.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
