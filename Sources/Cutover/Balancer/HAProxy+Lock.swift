import Essentials
import Glibc
import SystemPackage

extension HAProxy {
  /// Whether this task has the lock already.
  @TaskLocal private static var holds = false

  var isLocked: Bool { Self.holds }

  /// Runs `body` while no other process, or task, changes this HAProxy.
  /// - Throws: `locked` where another does for ten seconds.
  func locked<Result>(_ body: () async throws -> Result) async throws -> Result {
    let folder = settings.socket.removingLastComponent()
    let path = folder.isEmpty ? "." : folder
    let handle = try attempt("open", path) {
      try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
    }
    // Unlocked by name: a program that is being started has a copy of the descriptor until it's executed.
    defer {
      flock(handle.rawValue, LOCK_UN)
      try? handle.close()
    }
    let deadline = ContinuousClock.now + .seconds(10)
    while flock(handle.rawValue, LOCK_EX | LOCK_NB) != 0 {
      let failure = Errno.current
      guard failure == .wouldBlock || failure == .interrupted else {
        throw Diagnostic.system(failure, "lock", path)
      }
      guard ContinuousClock.now < deadline else {
        throw Diagnostic(
          .locked, "another process has been changing the load balancer for ten seconds",
          hints: ["see which one has the folder open: fuser -v \(path)"])
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    return try await Self.$holds.withValue(true) { try await body() }
  }
}
