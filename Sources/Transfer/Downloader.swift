package import Essentials
import Storage

/// Fetches over HTTP: artifacts whose content is known, into the store, and pages; and sends, where a server takes something.
///
/// One downloader keeps connections open from one request to the next, so one is made and passed around.
package final class Downloader: Sendable {
  let configuration: Configuration
  private let thread: TransferThread
  private let authorizer: (any Authorizer)?

  /// - Parameter authorizer: answers servers that want to know who asks; without one, that is up to the URL and `~/.netrc`.
  package init(
    _ configuration: Configuration = Configuration(), authorizer: (any Authorizer)? = nil
  ) throws(Diagnostic) {
    self.configuration = configuration
    self.authorizer = authorizer
    thread = try TransferThread(configuration)
  }

  /// Gets a page; connection failures and the server's troubles (408, 425, 429, 5xx) are tried again.
  /// - Returns: any other answer, 304 and 404 included.
  /// - Throws: `notAvailableOffline` where the network fails.
  package func get(_ request: Request) async throws -> Response {
    try await retrying {
      let response = try await self.send(request)
      guard response.isTransient else { return response }
      throw TransientFailure(
        .status(request.url.path, request.url, response.status), notBefore: response.retryAfter)
    }
  }

  /// Sends a request once.
  /// - Returns: any answer.
  /// - Throws: ``TransientFailure`` where the network fails in a way that may pass.
  package func send(_ request: Request) async throws -> Response {
    try Task.checkCancellation()
    let receiver = PageReceiver(request)
    let outcome = try await perform(
      ExchangeOrder(
        url: request.url, method: request.method, headers: request.headers, acceptsCompressed: true,
        body: request.body, followsRedirects: request.followsRedirects, sent: request.sent), receiver)
    switch outcome.failure {
    case .cancelled: throw CancellationError()
    case .stopped(let diagnostic): throw diagnostic
    case .unreachable(let reason), .interrupted(let reason):
      throw TransientFailure(.unanswered(request.url, reason))
    case .refused(let reason): throw Diagnostic.unanswered(request.url, reason)
    case .untrusted(let reason): throw Diagnostic.untrusted(request.url, reason)
    case nil:
      guard let head = outcome.head else { throw Diagnostic(.bug, "an answer without a head") }
      return Response(
        status: head.status, headers: head.headers, body: receiver.body, url: try ResourceURL(head.url))
    }
  }

  /// Does something until it succeeds, or fails in a way that won't pass, or has failed too often.
  /// - Parameter body: throws ``TransientFailure`` where it's worth doing again, behind a pause.
  package func retrying<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    var plan = RetryPlan(sources: 1, configuration)
    while true {
      try Task.checkCancellation()
      do { return try await body() } catch let failure as TransientFailure {
        let verdict = RetryPlan.Verdict.transient(
          failure.diagnostic, notBefore: failure.notBefore, progressed: failure.progressed)
        switch plan.next(after: verdict, random: configuration.random()) {
        case .giveUp(let diagnostic): throw diagnostic
        case .attempt(_, let pause): if pause > .zero { try await configuration.pause(pause) }
        }
      }
    }
  }

  /// Does one exchange, and once more where the server wants to know who asks and somebody can tell.
  func perform(_ order: ExchangeOrder, _ receiver: any Receiver) async throws -> ExchangeOutcome {
    guard let authorizer else { return try await thread.perform(order, receiver) }
    var order = order
    order.authorization = await authorizer.authorization(for: order.url)
    let outcome = try await thread.perform(order, receiver)
    guard let head = outcome.head, head.status == 401, let challenges = head.headers["www-authenticate"],
      // Whoever the server redirected to isn't told who asks, and the server isn't told what that one asked for.
      let answering = try? ResourceURL(head.url), answering.origin == order.url.origin,
      let answer = try await authorizer.answer(challenges, from: order.url, presented: order.authorization)
    else { return outcome }
    order.authorization = answer
    return try await thread.perform(order, receiver)
  }
}

/// A failure that may pass: the network's, or that of a server in trouble.
package struct TransientFailure: Error {
  package var diagnostic: Diagnostic
  /// How long the server wants to be left alone.
  package var notBefore: Duration?
  /// Whether so much was done before that patience begins anew.
  package var progressed: Bool

  package init(_ diagnostic: Diagnostic, notBefore: Duration? = nil, progressed: Bool = false) {
    self.diagnostic = diagnostic
    self.notBefore = notBefore
    self.progressed = progressed
  }
}

/// Holds a page in memory.
// The task reads it only once the exchange has ended.
private final class PageReceiver: Receiver, @unchecked Sendable {
  private let request: Request
  private(set) var body: [UInt8] = []

  init(_ request: Request) { self.request = request }

  func begin(_ head: ResponseHead) { body = [] }

  func receive(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    guard body.count + bytes.count <= request.limit else {
      throw Diagnostic(.failed, "\(request.url.place) answered with more than \(request.limit) bytes")
    }
    body.append(contentsOf: bytes)
  }
}
