import Essentials
import Glibc
import SystemPackage

/// Sends one command to a QEMU by its socket.
enum QMPClient {
  /// The `status` that the answer holds, if any.
  /// - Parameters:
  ///   - folder: the instance's.
  ///   - patience: for everything together.
  // Swift 6.3.1 crashes when it optimises this function (LLVM's splitting of coroutines).
  @_optimize(none)
  @discardableResult
  static func execute(
    _ command: String, in folder: FilePath, patience: Duration = .seconds(5)
  ) async throws -> String? {
    let deadline = ContinuousClock.now + patience
    let socket = try UnixSocket(folder: folder, name: InstanceFiles.qmp)
    var session = QMPSession(command)
    while true {
      guard let bytes = try await socket.receive(by: deadline) else {
        throw Diagnostic(.failed, "QEMU did not answer '\(command)' within \(patience)")
      }
      guard !bytes.isEmpty else {
        // QEMU may end before its answer to `quit` is on its way.
        if command == "quit" { return nil }
        throw Diagnostic(.failed, "QEMU closed its control socket before it answered '\(command)'")
      }
      switch session.receive(bytes) {
      case .send(let bytes): if !bytes.isEmpty { try socket.send(bytes) }
      case .answered(let status): return status
      case .failed(let reason): throw Diagnostic(.failed, "QEMU refused '\(command)': \(reason)")
      }
    }
  }
}
