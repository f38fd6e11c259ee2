import CCurl
import Essentials

/// Takes what a server answers, on the transfer thread.
protocol Receiver: AnyObject, Sendable {
  /// The head of the final answer, redirects followed. An error ends the exchange.
  func begin(_ head: ResponseHead) throws(Diagnostic)
  /// Bytes of the body behind all that came before; they're valid only during the call.
  func receive(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic)
}

/// The part of an answer that comes before the body.
struct ResponseHead: Sendable {
  var status: Int
  var headers: [String: String]
  var url: String
}

/// What an exchange is to do.
struct ExchangeOrder: Sendable {
  var url: ResourceURL
  var method: Request.Method = .get
  var headers: [(name: String, value: String)] = []
  /// The first byte wanted, where it isn't the first of all.
  var offset: Int64 = 0
  var acceptsCompressed = false
  /// Presented to the URL's own host only: libcurl leaves it out where it follows a redirect to another one.
  var authorization: Secret?
  var body: Request.Body?
  var followsRedirects = true
  var sent: (@Sendable (Int64) -> Void)?
}

/// How an exchange ended.
struct ExchangeOutcome: Sendable {
  var head: ResponseHead?
  var failure: TransferFailure?
}

/// Why an exchange did not come to its end.
enum TransferFailure: Sendable, Equatable {
  /// No connection came about: name not known, refused, no route, timed out.
  case unreachable(String)
  /// It broke off half-way or made no progress.
  case interrupted(String)
  /// Another attempt would go the same way: TLS, redirects, a protocol that isn't allowed.
  case refused(String)
  /// The server's certificate can't be trusted.
  case untrusted(String)
  /// The receiver wanted no more.
  case stopped(Diagnostic)
  case cancelled

  init(_ code: CURLcode, _ message: String) {
    switch code {
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
      self = .unreachable(message)
    case CURLE_PEER_FAILED_VERIFICATION: self = .untrusted(message)
    case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_ISSUER_ERROR, CURLE_TOO_MANY_REDIRECTS, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
      CURLE_BAD_CONTENT_ENCODING, CURLE_OUT_OF_MEMORY, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_LOGIN_DENIED,
      CURLE_FILE_COULDNT_READ_FILE, CURLE_REMOTE_ACCESS_DENIED:
      self = .refused(message)
    default:
      // Anything else may be the network's doing.
      self = .interrupted(message)
    }
  }
}
