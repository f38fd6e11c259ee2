import ArgumentParser
import Essentials
import Glibc
import SystemPackage

/// What the program says on standard error when something goes wrong.
enum Report {
  /// Says what `error` is and returns the exit code that it deserves.
  static func failure(_ error: any Error) -> Int32 {
    switch error {
    case let diagnostic as Diagnostic:
      say(diagnostic)
      return diagnostic.category.exitCode
    case is CancellationError:
      write("interrupted: what was finished is kept, and the same command goes on from there\n")
      return 130
    case let code as ExitCode:
      return code.rawValue
    case let error where Hardtack.exitCode(for: error) == .success:
      // Help and the version.
      Hardtack.exit(withError: error)
    case let error where Hardtack.exitCode(for: error) == .validationFailure:
      write(refusal(Hardtack.fullMessage(for: error)))
      return ExitCode.validationFailure.rawValue
    default:
      say(Diagnostic(.bug, "\(error)", hints: ["this is a fault of hardtack; please report it"]))
      return Diagnostic.Category.bug.exitCode
    }
  }

  /// What the parser says of a command line, in the way that all errors are said.
  private static func refusal(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines[0].hasPrefix("Error: ") else { return text + "\n" }
    let message = lines[0].dropFirst("Error: ".count)
    lines[0] = mark("error:", "1;31") + " " + message.prefix(1).lowercased() + message.dropFirst()
    if lines[0].hasSuffix(".") { lines[0].removeLast() }
    if let first = CommandLine.arguments.dropFirst().first, message == "Unexpected argument '\(first)'",
      let hint = NearestName.hint(
        for: first, among: Hardtack.configuration.subcommands.compactMap { $0.configuration.commandName })
    {
      lines.insert(mark("hint:", "1;36") + " " + hint, at: 1)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func mark(_ word: String, _ code: String) -> String {
    let color = isatty(2) == 1 && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
    return color ? "\u{1B}[\(code)m\(word)\u{1B}[0m" : word
  }

  private static func say(_ diagnostic: Diagnostic) {
    var text = mark("error:", "1;31") + " "
    if let location = diagnostic.location { text += "\(location): " }
    text += diagnostic.message + "\n"
    for note in diagnostic.notes { text += note + "\n" }
    for hint in diagnostic.hints { text += mark("hint:", "1;36") + " \(hint)\n" }
    write(text)
  }

  static func write(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
  }
}
