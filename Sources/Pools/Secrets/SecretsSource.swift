package import Essentials
import FoundationEssentials
import Glibc
package import SystemPackage

/// Where the values of secrets come from.
package enum SecretsSource: Sendable, Hashable {
  /// A file of `KEY=VALUE` lines, or a JSON object of texts.
  case file(FilePath)
  /// The environment's variables that begin with `prefix`, which the values' names don't have.
  case environment(prefix: String)
  /// What a command of the shell writes: as a file.
  case command(String)

  /// Reads `file:PATH`, `env`, `env:PREFIX` or `command:COMMAND`.
  package init(_ text: String) throws(Diagnostic) {
    let (kind, rest) = Self.split(text)
    switch (kind, rest) {
    case ("file", let path?) where !path.isEmpty: self = .file(FilePath(path))
    case ("env", let prefix): self = .environment(prefix: prefix ?? "")
    case ("command", let command?) where !command.isEmpty: self = .command(command)
    default:
      throw Diagnostic(
        .usage, "'\(text)' is no source of secrets",
        hints: ["use file:PATH, env, env:PREFIX or command:COMMAND"])
    }
  }

  private static func split(_ text: String) -> (String, String?) {
    guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
    return (String(text[..<colon]), String(text[text.index(after: colon)...]))
  }

  /// Every value that the source has, by name.
  /// - Parameter warn: is told of what the user should know and doesn't stop the work.
  package func values(
    environment: [String: String], warn: (String) -> Void
  ) async throws -> [String: Secret] {
    switch self {
    case .file(let path):
      var information = stat()
      guard stat(path.string, &information) == 0 else {
        throw Diagnostic.system(.current, "read the secrets in", path)
      }
      if information.st_mode & S_IFMT == S_IFREG, information.st_mode & 0o077 != 0 {
        warn("others may read the secrets in \(path); 'chmod 600 \(path)' keeps them out")
      }
      return try SecretsFile.parse(DurableFile.read(path, limit: 1 << 20), name: path.string)
    case .environment(let prefix):
      var values: [String: Secret] = [:]
      for (name, value) in environment where name.hasPrefix(prefix) && name != prefix {
        values[String(name.dropFirst(prefix.count))] = Secret(value)
      }
      return values
    case .command(let text):
      let command = Command("/bin/sh", ["-c", text])
      let result = try await command.run()
      guard result.status == 0 else {
        // What it wrote to standard output may hold secrets.
        throw Diagnostic(
          .failed, "the command for the secrets failed with exit code \(result.status): \(text)",
          notes: Command.tail(result.errorText))
      }
      return try SecretsFile.parse(result.output, name: "the output of '\(text)'")
    }
  }
}
