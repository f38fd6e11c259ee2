import CCurl
import Essentials

/// What the transfer thread does: takes orders, drives libcurl, hands outcomes back.
struct TransferLoop {
  private struct Running {
    var easy: EasyHandle
    var continuation: CheckedContinuation<ExchangeOutcome, Never>
  }

  private struct Waiting {
    var identity: Int
    var order: ExchangeOrder
    var receiver: any Receiver
    var continuation: CheckedContinuation<ExchangeOutcome, Never>
  }

  private let inbox: Inbox
  private var running: [Int: Running] = [:]
  private var identities: [UnsafeMutableRawPointer: Int] = [:]
  private var waiting: [Waiting] = []
  /// Cancelled before they began; a cancellation can overtake the order it is for.
  private var cancelled: Set<Int> = []
  private var stopping = false

  init(_ inbox: Inbox) { self.inbox = inbox }

  mutating func run() {
    while true {
      for message in inbox.take() { handle(message) }
      if stopping { return }
      beginWaiting()
      var count: Int32 = 0
      let code = curl_multi_perform(inbox.multi, &count)
      guard code == CURLM_OK else {
        fail(String(cString: curl_multi_strerror(code)))
        continue
      }
      let ended = collectEnded()
      // A place was freed, so another may begin at once.
      if ended, !waiting.isEmpty { continue }
      let polled = curl_multi_poll(inbox.multi, nil, 0, 10_000, nil)
      if polled != CURLM_OK { fail(String(cString: curl_multi_strerror(polled))) }
    }
  }

  private mutating func handle(_ message: Inbox.Message) {
    switch message {
    case .begin(let identity, let order, let receiver, let continuation):
      if cancelled.remove(identity) != nil || stopping {
        continuation.resume(returning: ExchangeOutcome(failure: .cancelled))
      } else {
        waiting.append(
          Waiting(identity: identity, order: order, receiver: receiver, continuation: continuation))
      }
    case .cancel(let identity):
      if let index = waiting.firstIndex(where: { $0.identity == identity }) {
        waiting.remove(at: index).continuation.resume(returning: ExchangeOutcome(failure: .cancelled))
      } else if running[identity] != nil {
        end(identity) { _ in ExchangeOutcome(failure: .cancelled) }
      } else {
        cancelled.insert(identity)
      }
    case .stop:
      stopping = true
      fail("the downloader was closed")
    }
  }

  private mutating func beginWaiting() {
    let free = max(0, inbox.configuration.maximumActive - running.count)
    let next = waiting.prefix(free)
    guard !next.isEmpty else { return }
    waiting.removeFirst(next.count)
    for item in next {
      do throws(Diagnostic) {
        let easy = try EasyHandle(item.order, item.receiver, inbox.configuration)
        let code = curl_multi_add_handle(inbox.multi, easy.handle)
        guard code == CURLM_OK else {
          throw Diagnostic(.failed, "libcurl takes no request: \(String(cString: curl_multi_strerror(code)))")
        }
        identities[easy.handle] = item.identity
        running[item.identity] = Running(easy: easy, continuation: item.continuation)
      } catch {
        item.continuation.resume(returning: ExchangeOutcome(failure: .stopped(error)))
      }
    }
  }

  private mutating func collectEnded() -> Bool {
    var any = false
    var left: Int32 = 0
    while let message = curl_multi_info_read(inbox.multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let identity = identities[handle]
      else { continue }
      let code = message.pointee.data.result
      end(identity) { $0.outcome(code) }
      any = true
    }
    return any
  }

  private mutating func end(_ identity: Int, _ outcome: (EasyHandle) -> ExchangeOutcome) {
    guard let ended = running.removeValue(forKey: identity) else { return }
    let result = outcome(ended.easy)
    identities[ended.easy.handle] = nil
    _ = curl_multi_remove_handle(inbox.multi, ended.easy.handle)
    ended.continuation.resume(returning: result)
  }

  /// Ends everything, after an error that is libcurl's own.
  private mutating func fail(_ reason: String) {
    let outcome = ExchangeOutcome(failure: .refused(reason))
    for identity in Array(running.keys) { end(identity) { _ in outcome } }
    for item in waiting { item.continuation.resume(returning: outcome) }
    waiting = []
  }
}
