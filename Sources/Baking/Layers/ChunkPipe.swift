import Essentials
import Glibc

/// Memory that travels from the thread that fills it to the one that empties it, and back.
final class Chunk {
  static let capacity = 1 << 20

  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4096)
  var count = 0

  deinit { memory.deallocate() }
}

/// Hands chunks in order from a producing thread to a consuming one, a few under way at a time.
///
/// Unchecked: all state is touched under `mutex` only, and a chunk belongs to one thread at a time, the one
/// that took it from here.
final class ChunkPipe: @unchecked Sendable {
  private static let limit = 6

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var full: [Chunk] = []
  private var empty: [Chunk] = []
  private var made = 0
  private var isClosed = false
  private var isCancelled = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// An empty chunk for the producer, or nil where the consumer gave up.
  func takeEmpty() -> Chunk? {
    locked {
      while empty.isEmpty, made == Self.limit, !isCancelled { pthread_cond_wait(changed, mutex) }
      if isCancelled { return nil }
      if let chunk = empty.popLast() { return chunk }
      made += 1
      return Chunk()
    }
  }

  /// Passes a chunk to the consumer.
  func send(_ chunk: Chunk) {
    locked {
      full.append(chunk)
      pthread_cond_broadcast(changed)
    }
  }

  /// The producer has no more.
  func close() {
    locked {
      isClosed = true
      pthread_cond_broadcast(changed)
    }
  }

  /// The next chunk for the consumer, or nil behind the last.
  func receive() -> Chunk? {
    locked {
      while full.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
      return full.isEmpty ? nil : full.removeFirst()
    }
  }

  /// Gives an emptied chunk back to the producer.
  func recycle(_ chunk: Chunk) {
    locked {
      chunk.count = 0
      empty.append(chunk)
      pthread_cond_broadcast(changed)
    }
  }

  /// The consumer wants no more.
  func cancel() {
    locked {
      isCancelled = true
      pthread_cond_broadcast(changed)
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
