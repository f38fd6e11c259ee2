package import Essentials
import Storage

/// Fetches over HTTP: artifacts whose content is known, into the store, and pages.
///
/// One downloader keeps connections open from one request to the next, so one is made and passed around.
package final class Downloader: Sendable {
  let configuration: Configuration
  let thread: TransferThread

  package init(_ configuration: Configuration = Configuration()) throws(Diagnostic) {
    self.configuration = configuration
    thread = try TransferThread(configuration)
  }

  /// Gets a page; connection failures and the server's troubles (408, 425, 429, 5xx) are tried again.
  /// - Returns: any other answer, 304 and 404 included.
  /// - Throws: `notAvailableOffline` where the network fails.
  package func get(_ request: Request) async throws -> Response {
    var plan = RetryPlan(sources: 1, configuration)
    while true {
      try Task.checkCancellation()
      let receiver = PageReceiver(request)
      let order = ExchangeOrder(url: request.url, headers: request.headers, acceptsCompressed: true)
      let outcome = try await thread.perform(order, receiver)
      let verdict: RetryPlan.Verdict
      switch outcome.failure {
      case .cancelled: throw CancellationError()
      case .stopped(let diagnostic): throw diagnostic
      case .unreachable(let reason), .interrupted(let reason):
        verdict = .transient(.notReached("a page", request.url, reason))
      case .refused(let reason): verdict = .wrong(.notReached("a page", request.url, reason))
      case nil:
        guard let head = outcome.head else { throw Diagnostic(.bug, "an answer without a head") }
        guard [408, 425, 429].contains(head.status) || head.status >= 500 else {
          return Response(
            status: head.status, headers: head.headers, body: receiver.body, url: try ResourceURL(head.url))
        }
        verdict = .transient(
          .status(request.url.path, request.url, head.status), notBefore: head.retryAfter)
      }
      switch plan.next(after: verdict, random: configuration.random()) {
      case .giveUp(let diagnostic): throw diagnostic
      case .attempt(_, let pause): if pause > .zero { try await configuration.pause(pause) }
      }
    }
  }
}

/// Holds a page in memory.
// The task reads it only once the exchange has ended.
private final class PageReceiver: Receiver, @unchecked Sendable {
  private let request: Request
  private(set) var body: [UInt8] = []

  init(_ request: Request) { self.request = request }

  func begin(_ head: ResponseHead) {}

  func receive(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    guard body.count + bytes.count <= request.limit else {
      throw Diagnostic(.failed, "\(request.url) is longer than \(request.limit) bytes")
    }
    body.append(contentsOf: bytes)
  }
}
