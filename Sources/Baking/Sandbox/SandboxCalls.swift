import CSandbox
import Essentials
import SystemPackage

/// The system calls of a sandbox's programs that wait for this program's answer: of folders always, and of the date where the
/// sandbox has another one than the machine.
struct SandboxCalls {
  private let listener: Int32
  private let clockShift: Int64
  private let folders: FolderOrder

  /// - Parameters:
  ///   - listener: the descriptor that the calls come through.
  ///   - clockShift: in seconds.
  init(listener: Int32, clockShift: Int64) {
    self.listener = listener
    self.clockShift = clockShift
    folders = FolderOrder(listener: listener)
  }

  /// Answers one call.
  /// - Returns: why the sandbox must not go on, where that is so.
  func answerNext() -> Diagnostic? {
    var call = hardtack_call()
    // ENOENT: whoever asked is dead.
    guard hardtack_call_receive(listener, &call) == 0 else { return nil }
    if hardtack_call_is_of_folder(&call) {
      folders.answer(call)
      return nil
    }
    guard hardtack_clock_answer(listener, &call, clockShift) != 0 else { return nil }
    return Diagnostic(
      .failed, "the sandbox cannot be given another date: \(Errno.current.text)",
      hints: ["its kernel must let /proc/PID/mem be written, as it does unless set up otherwise"])
  }
}
