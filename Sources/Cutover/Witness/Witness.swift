import Essentials
import Glibc
import Synchronization
package import SystemPackage

/// Sends requests at a fixed rate and records what a client sees: the open loop, in which each request is sent when it's
/// due, whatever became of those before it, and its latency counts from then (no coordinated omission).
///
/// Nothing is tried again. A kept connection that the server closes while it's idle is no failure; one that ends once a
/// request was sent on it is.
package enum Witness {
  /// Where this file is there, the witness of the records `path` ends.
  package static func stopFile(of path: FilePath) -> FilePath { FilePath(path.string + ".stop") }

  /// Sends requests until the plan's duration is over or the ``stopFile(of:)`` is there, then waits for the answers that
  /// are still to come. A cancelled task ends at once; requests under way are recorded as unanswered.
  /// - Parameter path: where a line for each request is appended, at most 100 ms after it ended.
  package static func run(_ plan: WitnessPlan, into path: FilePath) async throws {
    let loop = try WitnessLoop(plan, into: path)
    let cancellation = WitnessLoop.Cancellation()
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, Diagnostic>, Never>) in
        // A thread of its own: it waits in the kernel, and must not be late because others compute.
        let work = Work(loop: loop, cancellation: cancellation, continuation: continuation)
        var thread = pthread_t()
        let code = pthread_create(
          &thread, nil,
          { argument in
            guard let argument else { return nil }
            let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
            work.continuation.resume(
              returning: Result { () throws(Diagnostic) in try work.loop.run(until: work.cancellation) })
            return nil
          }, Unmanaged.passRetained(work).toOpaque())
        guard code == 0 else {
          Unmanaged.passUnretained(work).release()
          continuation.resume(returning: .failure(.system(Errno(rawValue: code), "start a thread for", path)))
          return
        }
        pthread_detach(thread)
      }
    } onCancel: {
      cancellation.isSet.store(true, ordering: .relaxed)
    }
    try outcome.get()
  }

  private final class Work {
    let loop: WitnessLoop
    let cancellation: WitnessLoop.Cancellation
    let continuation: CheckedContinuation<Result<Void, Diagnostic>, Never>

    init(
      loop: WitnessLoop, cancellation: WitnessLoop.Cancellation,
      continuation: CheckedContinuation<Result<Void, Diagnostic>, Never>
    ) {
      self.loop = loop
      self.cancellation = cancellation
      self.continuation = continuation
    }
  }
}
