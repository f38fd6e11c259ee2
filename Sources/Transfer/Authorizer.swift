package import Essentials

/// Says who asks, where a server wants to know.
package protocol Authorizer: Sendable {
  /// What to present for `url` in the header `Authorization`, where something is known to be wanted.
  func authorization(for url: ResourceURL) async -> Secret?

  /// Takes a server's question who asks (RFC 9110, section 11.6.1).
  /// - Parameters:
  ///   - challenges: the header `WWW-Authenticate` of an answer 401.
  ///   - presented: what the request had presented.
  /// - Returns: what to present instead; nil where there is nothing.
  func answer(
    _ challenges: String, from url: ResourceURL, presented: Secret?
  ) async throws -> Secret?
}
