/// An error as a person reads it: what was wanted and what was found, where, and what to do next.
///
/// The command line prints one `error:` line, the notes as they are, and a `hint:` line for each hint.
package struct Diagnostic: Error, Sendable, Equatable {
  /// What kind of failure it is; it decides the exit code.
  package enum Category: Int32, Sendable, CaseIterable {
    /// The work could not be done.
    case failed = 1
    /// A fault of this program.
    case bug = 2
    /// The requirements have no solution, or a lockfile is stale.
    case noSolution = 3
    /// A signature, a digest or a format isn't what it should be.
    case verificationFailed = 4
    /// Something isn't in the store, and may not be fetched now.
    case notAvailableOffline = 5
    /// A gate at bake or a sanity check at boot did not pass.
    case checkFailed = 6
    /// Another process holds it.
    case locked = 7
    /// The command line or the recipe is not as it should be.
    case usage = 64

    package var exitCode: Int32 { rawValue }
  }

  /// A place in a text file. Lines and columns count from 1.
  package struct Location: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int?
    package var column: Int?

    package init(file: String, line: Int? = nil, column: Int? = nil) {
      self.file = file
      self.line = line
      self.column = column
    }

    package var description: String {
      ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
    }
  }

  package var category: Category
  /// One line, lower case, without a final full stop.
  package var message: String
  package var location: Location?
  /// Text that belongs under the message as it is: a command's output, a chain of reasons.
  package var notes: [String]
  /// What to do next, each one line.
  package var hints: [String]

  package init(
    _ category: Category = .failed, _ message: String, at location: Location? = nil, notes: [String] = [],
    hints: [String] = []
  ) {
    self.category = category
    self.message = message
    self.location = location
    self.notes = notes
    self.hints = hints
  }

  /// The same with one more hint.
  package func hint(_ hint: String) -> Diagnostic {
    var copy = self
    copy.hints.append(hint)
    return copy
  }
}

extension Diagnostic: CustomStringConvertible {
  package var description: String {
    let head = location.map { "\($0): \(message)" } ?? message
    return ([head] + notes + hints.map { "hint: " + $0 }).joined(separator: "\n")
  }
}
