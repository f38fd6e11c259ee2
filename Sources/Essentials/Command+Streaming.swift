import Glibc
import Subprocess
import SystemPackage

extension Command {
  /// Runs it and hands its standard output on while it comes, however much there is.
  /// - Parameter body: takes the next bytes; they're valid only during the call. Its error ends the program and is thrown.
  /// - Throws: also where it ends with another exit code than 0, after all of its output was handed on.
  package func stream(_ body: (UnsafeRawBufferPointer) throws -> Void) async throws {
    do {
      let result = try await Subprocess.run(
        program, arguments: Arguments(arguments), environment: surroundings,
        workingDirectory: workingDirectory, platformOptions: options,
        input: .fileDescriptor(try standardInput(), closeAfterSpawningProcess: true),
        output: .sequence, error: .bytes(limit: limit)
      ) { execution in
        for try await buffer in execution.standardOutput { try buffer.withUnsafeBytes(body) }
      }
      try Task.checkCancellation()
      try check(result.terminationStatus, result.standardError)
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw diagnostic(error)
    }
  }

  /// Runs it beside `reader`, whose standard input is this one's standard output.
  /// - Throws: where one of them fails: the error of this one where both do.
  package func pipe(into reader: Command) async throws {
    // Each end is closed here as soon as its program has it, or one of them would wait for ever for an end of file.
    let ends: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
    do { ends = try FileDescriptor.pipe() } catch {
      throw Diagnostic(.failed, "no pipe can be made: \((error as? Errno ?? .ioError).text)")
    }
    for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
    async let read: Void = reader.run(input: ends.readEnd)
    let written: Swift.Result<Void, any Error>
    do { written = .success(try await run(output: ends.writeEnd)) } catch { written = .failure(error) }
    let taken: Swift.Result<Void, any Error>
    do { taken = .success(try await read) } catch { taken = .failure(error) }
    // A writer whose reader has gone dies of SIGPIPE: then the reader knows why.
    if case .failure(let failure as Diagnostic) = written, failure.message.contains("signal \(SIGPIPE)") {
      try taken.get()
    }
    try written.get()
    try taken.get()
  }

  private func run(output: FileDescriptor) async throws {
    do {
      let result = try await Subprocess.run(
        program, arguments: Arguments(arguments), environment: surroundings,
        workingDirectory: workingDirectory, platformOptions: options,
        input: .fileDescriptor(try standardInput(), closeAfterSpawningProcess: true),
        output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .bytes(limit: limit))
      try Task.checkCancellation()
      try check(result.terminationStatus, result.standardError)
    } catch let error as SubprocessError {
      throw diagnostic(error)
    }
  }

  private func run(input: FileDescriptor) async throws {
    do {
      let result = try await Subprocess.run(
        program, arguments: Arguments(arguments), environment: surroundings,
        workingDirectory: workingDirectory, platformOptions: options,
        input: .fileDescriptor(input, closeAfterSpawningProcess: true), output: .discarded,
        error: .bytes(limit: limit))
      try Task.checkCancellation()
      try check(result.terminationStatus, result.standardError)
    } catch let error as SubprocessError {
      throw diagnostic(error)
    }
  }

  private func check(_ status: TerminationStatus, _ error: [UInt8]) throws {
    let result = Result(status: Self.code(status), output: [], error: error)
    guard result.status == 0 else { throw failure(result) }
  }
}
