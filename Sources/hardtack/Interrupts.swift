import Dispatch
import Glibc
import Synchronization

/// Ctrl-C and SIGTERM: the first asks the work to end cleanly, the second ends the process at once.
final class Interrupts: Sendable {
  private final class Counter: Sendable {
    let value = Mutex(0)
  }

  private let counter = Counter()
  // Kept so that they stay armed; never touched again.
  private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

  init(cancel: @escaping @Sendable () -> Void) {
    let queue = DispatchQueue(label: "hardtack.interrupts")
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [counter] in
        let times = counter.value.withLock { count in
          count += 1
          return count
        }
        if times == 1 { cancel() } else { _exit(130) }
      }
      source.resume()
      sources.append(source)
    }
  }

  var happened: Bool { counter.value.withLock { $0 > 0 } }
}
