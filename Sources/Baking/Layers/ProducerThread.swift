import Essentials
import Glibc
import SystemPackage

/// A thread that makes the bytes which another one, the caller's, writes.
///
/// Reading files and hashing with writing take about as long, so doing both at once nearly halves the time;
/// it's a thread rather than a task because both sides block in system calls.
final class ProducerThread<Output: Sendable>: @unchecked Sendable {
  // Unchecked: `result` is written by the thread before it ends and read after it was joined.
  private let pipe = ChunkPipe()
  private let produce: @Sendable (ChunkWriter) -> Result<Output, Diagnostic>
  private var result: Result<Output, Diagnostic>?

  private init(_ produce: @escaping @Sendable (ChunkWriter) -> Result<Output, Diagnostic>) {
    self.produce = produce
  }

  /// Runs `produce` on a thread of its own and hands its bytes to `sink` on this one.
  /// - Throws: the sink's error, else the producer's.
  static func run(
    into sink: some ByteSink, _ produce: @escaping @Sendable (ChunkWriter) -> Result<Output, Diagnostic>
  ) throws(Diagnostic) -> Output {
    let producer = ProducerThread(produce)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        // Never nil: it's what pthread_create was given.
        Unmanaged<AnyRunnable>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(AnyRunnable { producer.work() }).toOpaque())
    guard code == 0 else { throw Diagnostic(.failed, "cannot start a thread: \(Errno(rawValue: code).text)") }
    var failure: Diagnostic?
    while let chunk = producer.pipe.receive() {
      if failure == nil {
        do throws(Diagnostic) {
          try sink.write(UnsafeRawBufferPointer(rebasing: chunk.memory[..<chunk.count]))
        } catch {
          failure = error
          producer.pipe.cancel()
        }
      }
      producer.pipe.recycle(chunk)
    }
    pthread_join(thread, nil)
    if let failure { throw failure }
    guard let result = producer.result else { throw Diagnostic(.bug, "a thread ended without a result") }
    return try result.get()
  }

  private func work() {
    let writer = ChunkWriter(pipe)
    result = produce(writer)
    writer.finish()
    pipe.close()
  }
}

/// What pthread_create can carry: it takes no generic closure.
private final class AnyRunnable {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}
