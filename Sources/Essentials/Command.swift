import CLinux
import Subprocess
package import SystemPackage

/// A program of the system, run to its end.
///
/// A cancelled task stops the program: SIGTERM, and SIGKILL two seconds later.
package struct Command: Sendable {
  /// What a program left behind.
  package struct Result: Sendable {
    /// The exit code; 128 and the signal's number where a signal ended it, as shells have it.
    package var status: Int32
    package var output: [UInt8]
    package var error: [UInt8]

    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: error, as: UTF8.self) }
  }

  package var executable: String
  package var arguments: [String]
  /// The whole environment; nil passes this process's own on.
  package var environment: [String: String]?
  package var workingDirectory: FilePath?
  package var input: [UInt8]
  /// Where standard error goes together with standard output, in the order written.
  package var mergesError = false
  /// More output than this, in bytes, is an error.
  package var limit = 64 << 20

  package init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    workingDirectory: FilePath? = nil, input: [UInt8] = []
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.input = input
  }

  /// Runs it and returns what it left, whatever its exit code.
  /// - Throws: where it can't be found or started, or writes more than ``limit``.
  package func run() async throws -> Result {
    do {
      if mergesError {
        let result = try await Subprocess.run(
          program, arguments: Arguments(arguments), environment: surroundings,
          workingDirectory: workingDirectory, platformOptions: options,
          input: .fileDescriptor(try standardInput(), closeAfterSpawningProcess: true),
          output: .bytes(limit: limit), error: .combinedWithOutput)
        try Task.checkCancellation()
        return Result(
          status: Self.code(result.terminationStatus), output: result.standardOutput, error: [])
      }
      let result = try await Subprocess.run(
        program, arguments: Arguments(arguments), environment: surroundings,
        workingDirectory: workingDirectory, platformOptions: options,
        input: .fileDescriptor(try standardInput(), closeAfterSpawningProcess: true),
        output: .bytes(limit: limit), error: .bytes(limit: limit))
      try Task.checkCancellation()
      return Result(
        status: Self.code(result.terminationStatus), output: result.standardOutput,
        error: result.standardError)
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw diagnostic(error)
    }
  }

  /// A file of the memory that holds the input: whether the program reads it is the program's affair. A pipe would have to be
  /// written to meanwhile, and swift-subprocess 1.0 ends this process where its reader has gone.
  func standardInput() throws(Diagnostic) -> FileDescriptor {
    let file = FileDescriptor(rawValue: hardtack_memory_file("input"))
    guard file.rawValue >= 0 else {
      throw Diagnostic(.failed, "cannot run '\(executable)': no room for its input: \(Errno.current.text)")
    }
    do {
      _ = try file.writeAll(toAbsoluteOffset: 0, input)
      return file
    } catch {
      try? file.close()
      throw Diagnostic(.failed, "cannot run '\(executable)': no room for its input: \(error)")
    }
  }

  var program: Executable { executable.contains("/") ? .path(FilePath(executable)) : .name(executable) }

  var surroundings: Environment {
    environment.map { pairs in
      .custom(pairs.map { Array("\($0.key)=\($0.value)".utf8) + [0] })
    } ?? .inherit
  }

  var options: PlatformOptions {
    var options = PlatformOptions()
    options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(2))]
    return options
  }

  /// What to say of a program that couldn't be run.
  func diagnostic(_ error: SubprocessError) -> Diagnostic {
    if error.code == .executableNotFound {
      return Diagnostic(.failed, "the program '\(executable)' isn't installed")
    }
    return Diagnostic(.failed, "cannot run '\(executable)': \(error)")
  }

  /// Runs it and returns its standard output.
  /// - Throws: also where it ends with another exit code than 0; the end of what it said is in the notes.
  package func output() async throws -> [UInt8] {
    let result = try await run()
    guard result.status == 0 else { throw failure(result) }
    return result.output
  }

  /// The diagnostic of an exit code other than 0.
  package func failure(_ result: Result) -> Diagnostic {
    let said = (mergesError || result.error.isEmpty ? result.outputText : result.errorText)
    let ending =
      result.status > 128
      ? "was ended by signal \(result.status - 128)" : "failed with exit code \(result.status)"
    return Diagnostic(.failed, "'\(executable)' \(ending)", notes: Self.tail(said))
  }

  /// The last lines of `text`, indented, as a note.
  package static func tail(_ text: String, lines limit: Int = 40) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).suffix(limit + 1)
    let shown = lines.last == "" ? lines.dropLast() : lines.suffix(limit)
    return shown.isEmpty ? [] : [shown.map { "  | " + $0 }.joined(separator: "\n")]
  }

  static func code(_ status: TerminationStatus) -> Int32 {
    switch status {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }
}
