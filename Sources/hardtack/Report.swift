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
    case let error where Hardtack.exitCode(for: error) != .failure || error is CleanExit:
      // Help, the version, and what the parser refuses.
      Hardtack.exit(withError: error)
    default:
      say(Diagnostic(.bug, "\(error)", hints: ["this is a fault of hardtack; please report it"]))
      return Diagnostic.Category.bug.exitCode
    }
  }

  private static func say(_ diagnostic: Diagnostic) {
    let color = isatty(2) == 1 && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
    func mark(_ word: String, _ code: String) -> String { color ? "\u{1B}[\(code)m\(word)\u{1B}[0m" : word }
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
