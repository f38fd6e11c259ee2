import CLinux
import CSandbox
import Essentials
import Glibc
import Synchronization
import SystemPackage

/// The first process of a sandbox, and the thread that looks after it: it takes what the sandbox's programs say, and
/// puts folders in order for them. When the thread ends, whatever still runs in there is killed.
final class SandboxProcess: Sendable {
  struct Order: Sendable {
    let scratch: String
    let overlay: String
    let muted: [String]
    let folder: String
    let arguments: [String]
    let environment: [String]
    let input: [UInt8]
    /// More output than this, in bytes, is an error.
    let limit: Int
    /// In seconds.
    let clockShift: Int64
  }

  private let order: Order
  /// The process, as a pidfd, while it runs.
  private let running = Mutex<(pidfd: Int32, isCancelled: Bool)>((-1, false))

  private init(_ order: Order) { self.order = order }

  /// Runs a sandbox to its end. A cancelled task kills it.
  static func run(_ order: Order) async throws -> Sandbox.Result {
    let process = SandboxProcess(order)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let work = Work { continuation.resume(with: Result { try process.work() }) }
        var thread = pthread_t()
        // A thread of its own, since the kernel kills the sandbox when the one that started it ends.
        let code = pthread_create(
          &thread, nil,
          { argument in
            // Never nil: it's what pthread_create was given.
            Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
            return nil
          }, Unmanaged.passRetained(work).toOpaque())
        if code == 0 {
          pthread_detach(thread)
        } else {
          Unmanaged.passUnretained(work).release()
          continuation.resume(
            throwing: Diagnostic(.failed, "cannot start a thread: \(Errno(rawValue: code).text)"))
        }
      }
    } onCancel: {
      process.running.withLock { state in
        state.isCancelled = true
        if state.pidfd >= 0 { hardtack_pidfd_kill(state.pidfd) }
      }
    }
  }

  private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  private func work() throws -> Sandbox.Result {
    var descriptors = Descriptors()
    defer { descriptors.close() }
    try descriptors.open(input: order.input)
    try start(&descriptors)
    var output: [UInt8] = []
    let fault = attend(descriptors, &output)
    let pidfd = running.withLock { state in
      let pidfd = state.pidfd
      state.pidfd = -1
      return pidfd
    }
    defer { close(pidfd) }
    if fault != nil { hardtack_pidfd_kill(pidfd) }
    let status = hardtack_pidfd_wait(pidfd)
    if running.withLock(\.isCancelled) { throw CancellationError() }
    if let fault { throw fault }
    return Sandbox.Result(status: status, output: output)
  }

  private func start(_ descriptors: inout Descriptors) throws(Diagnostic) {
    var sandbox = hardtack_sandbox()
    let strings = CStrings()
    sandbox.scratch = strings.pointer(order.scratch)
    sandbox.overlay = strings.pointer(order.overlay)
    sandbox.muted = strings.list(order.muted)
    sandbox.folder = strings.pointer(order.folder)
    sandbox.arguments = strings.list(order.arguments)
    sandbox.environment = strings.list(order.environment)
    sandbox.input = descriptors.input
    sandbox.output = descriptors.outputWriter
    sandbox.channel = descriptors.channelWriter
    sandbox.clock_shift = order.clockShift
    let isCancelled = running.withLock { state in
      if state.isCancelled { return true }
      state.pidfd = hardtack_sandbox_start(&sandbox)
      return false
    }
    if isCancelled { return }
    let errno = Errno.current
    descriptors.closeWriters()
    let pidfd = running.withLock(\.pidfd)
    guard pidfd >= 0, sandbox.failed == nil else {
      if pidfd >= 0 { reap(pidfd) }
      let reason =
        sandbox.failed.map { "\(String(cString: $0)): \(Errno(rawValue: sandbox.error).text)" } ?? errno.text
      withExtendedLifetime(strings) {}
      throw Diagnostic(
        .failed, "cannot set up the sandbox: \(reason)",
        hints: [
          "baking needs root, or a user with subordinate ids, and Linux 5.11 or newer with overlayfs and seccomp"
        ])
    }
    withExtendedLifetime(strings) {}
    descriptors.listener = hardtack_sandbox_listener(descriptors.channel)
    guard descriptors.listener >= 0 else {
      let errno = Errno.current
      hardtack_pidfd_kill(pidfd)
      reap(pidfd)
      throw Diagnostic(.failed, "cannot set up the sandbox: its listener did not arrive: \(errno.text)")
    }
  }

  /// Waits for a process whose set-up went wrong.
  private func reap(_ pidfd: Int32) {
    _ = hardtack_pidfd_wait(pidfd)
    running.withLock { $0.pidfd = -1 }
    close(pidfd)
  }

  /// Reads what the sandbox says and answers its calls until its first process ends.
  /// - Returns: why it must not go on, where that is so.
  private func attend(_ descriptors: Descriptors, _ output: inout [UInt8]) -> Diagnostic? {
    let calls = SandboxCalls(listener: descriptors.listener, clockShift: order.clockShift)
    let pidfd = running.withLock(\.pidfd)
    if pidfd < 0 { return nil }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    func takeOutput() -> Bool {
      while true {
        let count = read(descriptors.output, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return true }
        output.append(contentsOf: buffer[..<count])
        if output.count > order.limit { return false }
      }
    }
    while true {
      var events = [
        pollfd(fd: descriptors.listener, events: Int16(POLLIN), revents: 0),
        pollfd(fd: descriptors.output, events: Int16(POLLIN), revents: 0),
        pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&events, nfds_t(events.count), -1) >= 0 else { continue }
      if events[0].revents & Int16(POLLIN) != 0, let fault = calls.answerNext() { return fault }
      if events[1].revents != 0, !takeOutput() { return excess(output) }
      // All others of the sandbox are dead once its first process is, so what there is to read is there.
      if events[2].revents != 0 { return takeOutput() ? nil : excess(output) }
    }
  }

  private func excess(_ output: [UInt8]) -> Diagnostic {
    Diagnostic(
      .failed, "a command in the sandbox said more than \(ByteCount(Int64(order.limit)))",
      notes: Command.tail(String(decoding: output.suffix(4096), as: UTF8.self)))
  }
}

/// What a sandbox and the thread that looks after it talk through.
private struct Descriptors {
  var input: Int32 = -1
  var output: Int32 = -1
  var outputWriter: Int32 = -1
  var channel: Int32 = -1
  var channelWriter: Int32 = -1
  var listener: Int32 = -1

  mutating func open(input bytes: [UInt8]) throws(Diagnostic) {
    input = hardtack_memory_file("input")
    guard input >= 0 else { throw .system(.current, "create", "the sandbox's input") }
    var failure: Diagnostic?
    bytes.withUnsafeBytes { block in
      do throws(Diagnostic) { try FileOutput.write(block, to: input, "the sandbox's input") } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    lseek(input, 0, SEEK_SET)
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .system(.current, "create", "a pipe") }
    (output, outputWriter) = (ends[0], ends[1])
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw .system(.current, "create", "a socket")
    }
    (channel, channelWriter) = (ends[0], ends[1])
  }

  mutating func closeWriters() {
    for path in [\Descriptors.input, \.outputWriter, \.channelWriter] { close(path) }
  }

  mutating func close() {
    for path in [\Descriptors.input, \.output, \.outputWriter, \.channel, \.channelWriter, \.listener] {
      close(path)
    }
  }

  private mutating func close(_ path: WritableKeyPath<Descriptors, Int32>) {
    if self[keyPath: path] >= 0 { Glibc.close(self[keyPath: path]) }
    self[keyPath: path] = -1
  }
}
