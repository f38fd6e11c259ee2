import Essentials
import FoundationEssentials
import Transfer

/// What a registry's answers mean.
///
/// Source: OCI distribution specification 1.1, "Error Codes".
enum RegistryAnswer {
  private struct Document: Decodable {
    struct Failure: Decodable {
      var code: String?
      var message: String?
    }

    var errors: [Failure]
  }

  /// Sends a request once.
  /// - Throws: `TransientFailure` also where the server is in trouble.
  static func send(_ request: Request, by downloader: Downloader) async throws -> Response {
    let response = try await downloader.send(request)
    guard response.isTransient else { return response }
    throw TransientFailure(
      failure(response, to: request).hint("the registry is in trouble; try later"),
      notBefore: response.retryAfter)
  }

  /// The codes of an answer's errors.
  static func codes(_ response: Response) -> [String] {
    document(response)?.errors.compactMap(\.code) ?? []
  }

  /// The error of an answer that isn't what was hoped for.
  static func failure(_ response: Response, to request: Request) -> Diagnostic {
    var text =
      "\(request.url.host) answered \(response.status) to \(request.method.rawValue) \(request.url.path)"
    if let first = document(response)?.errors.first {
      let said = [first.code, first.message].compactMap { $0 }.filter { !$0.isEmpty }
      if !said.isEmpty { text += ": " + said.joined(separator: ", ").printable }
    }
    return Diagnostic(.failed, text)
  }

  private static func document(_ response: Response) -> Document? {
    try? JSONDecoder().decode(Document.self, from: Data(response.body))
  }
}
