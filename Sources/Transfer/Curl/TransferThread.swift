import CCurl
import Essentials
import Glibc
import Synchronization

/// The thread that runs all exchanges, and the only one that touches libcurl's handles.
///
/// It begins with the first order and ends with this object.
final class TransferThread: Sendable {
  private let inbox: Inbox
  private let started = Mutex(false)

  init(_ configuration: Downloader.Configuration) throws(Diagnostic) {
    inbox = try Inbox(configuration)
  }

  deinit { inbox.send(.stop) }

  /// Does one exchange; a cancelled task ends it.
  func perform(_ order: ExchangeOrder, _ receiver: any Receiver) async throws -> ExchangeOutcome {
    try start()
    let identity = inbox.nextIdentity()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        inbox.send(.begin(identity, order, receiver, continuation))
      }
    } onCancel: {
      inbox.send(.cancel(identity))
    }
  }

  private func start() throws(Diagnostic) {
    try started.withLock { (started) throws(Diagnostic) in
      guard !started else { return }
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      defer { pthread_attr_destroy(&attributes) }
      pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
      var thread = pthread_t()
      let context = Unmanaged.passRetained(inbox)
      let code = pthread_create(
        &thread, &attributes,
        { context in
          guard let context else { return nil }
          let inbox = Unmanaged<Inbox>.fromOpaque(context).takeRetainedValue()
          var loop = TransferLoop(inbox)
          loop.run()
          return nil
        }, context.toOpaque())
      guard code == 0 else {
        context.release()
        throw Diagnostic(.failed, "cannot start a thread: \(String(cString: strerror(code)))")
      }
      started = true
    }
  }
}

/// What other threads ask of the transfer thread.
final class Inbox: Sendable {
  enum Message: Sendable {
    case begin(Int, ExchangeOrder, any Receiver, CheckedContinuation<ExchangeOutcome, Never>)
    case cancel(Int)
    case stop
  }

  let configuration: Downloader.Configuration
  // libcurl's multi handle: the transfer thread's own, but for curl_multi_wakeup, which any thread may call.
  nonisolated(unsafe) let multi: UnsafeMutableRawPointer
  private let messages = Mutex<[Message]>([])
  private let counter = Atomic(0)

  /// libcurl wants this once a process, before anything else; its result is kept.
  private static let initialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(_ configuration: Downloader.Configuration) throws(Diagnostic) {
    guard Self.initialised == CURLE_OK, let multi = curl_multi_init() else {
      throw Diagnostic(.failed, "libcurl can't be set up")
    }
    _ = hardtack_curl_set_multi(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    self.configuration = configuration
    self.multi = multi
  }

  deinit { curl_multi_cleanup(multi) }

  func nextIdentity() -> Int { counter.add(1, ordering: .relaxed).newValue }

  func send(_ message: Message) {
    messages.withLock { $0.append(message) }
    curl_multi_wakeup(multi)
  }

  func take() -> [Message] {
    messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
