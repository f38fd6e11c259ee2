import Essentials
import Synchronization

/// What one request has sent: the stage's progress, until it turns out to have been in vain.
final class SentBytes: Sendable {
  private let stage: Progress.Stage
  private let count = Mutex<Int64>(0)

  init(_ stage: Progress.Stage) { self.stage = stage }

  func add(_ bytes: Int64) {
    count.withLock { $0 += bytes }
    stage.advance(bytes: bytes)
  }

  func takeBack() { stage.advance(bytes: -count.withLock { $0 }) }
}
