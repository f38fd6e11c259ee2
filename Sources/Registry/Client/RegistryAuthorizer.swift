import Essentials
import FoundationEssentials
import Transfer

/// Presents to a registry what it asks for: a password, or a token that another server gives for it.
///
/// Source: RFC 7617 for Basic; for Bearer, distribution's "Token Authentication Specification" and its "Oauth2 Token
/// Authentication" for identity tokens.
actor RegistryAuthorizer: Authorizer {
  private struct TokenAnswer: Decodable {
    var token: String?
    var accessToken: String?

    private enum CodingKeys: String, CodingKey {
      case token
      case accessToken = "access_token"
    }
  }

  private let registry: ResourceURL
  /// What is to be done there, as in `repository:team/logic:pull,push`.
  private let scopes: [String]
  private let credentials: @Sendable () async throws(Diagnostic) -> RegistryCredentials?
  private let downloader: Downloader
  private var current: Secret?
  private var renewal: Task<Secret?, any Error>?

  /// - Parameters:
  ///   - registry: any URL of it.
  ///   - downloader: asks for tokens.
  ///   - credentials: who is asking; called where the registry wants to know, and not before.
  init(
    registry: ResourceURL, scopes: [String], downloader: Downloader,
    credentials: @escaping @Sendable () async throws(Diagnostic) -> RegistryCredentials?
  ) {
    self.registry = registry
    self.scopes = scopes
    self.downloader = downloader
    self.credentials = credentials
  }

  func authorization(for url: ResourceURL) -> Secret? { url.origin == registry.origin ? current : nil }

  func answer(_ challenges: String, from url: ResourceURL, presented: Secret?) async throws -> Secret? {
    // Whatever else answers, an upload's address for one, isn't told.
    guard url.origin == registry.origin else { return nil }
    // Another request has been through this meanwhile.
    if let current, current != presented { return current }
    if let renewal { return try await renewal.value }
    let task = Task { try await self.renew(AuthenticationChallenge.parse(challenges), presented) }
    renewal = task
    defer { renewal = nil }
    let new = try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
    current = new
    return new
  }

  private func renew(_ challenges: [AuthenticationChallenge], _ presented: Secret?) async throws -> Secret? {
    let credentials = try await credentials()
    for challenge in challenges {
      switch challenge.scheme {
      case "bearer": return try await token(challenge, credentials)
      // A password that was refused is refused again.
      case "basic": if let basic = credentials?.basic, basic != presented { return basic }
      default: continue
      }
    }
    return nil
  }

  /// Where tokens are given out: neither over http where the registry is asked over https, nor over http on another host.
  private func tokenServer(_ realm: String) throws(Diagnostic) -> ResourceURL {
    let url = try registry.resolving(realm)
    guard url.scheme == .https || url.host == registry.host || ImageReference.isLoopback(host: url.host)
    else {
      throw Diagnostic(
        .verificationFailed,
        "\(registry.host) has its tokens given out by \(url.host) over http, where others can read passwords",
        hints: ["nothing was sent there; have that server speak https"])
    }
    return url
  }

  private func token(
    _ challenge: AuthenticationChallenge, _ credentials: RegistryCredentials?
  ) async throws -> Secret? {
    guard let realm = challenge.parameters["realm"] else { return nil }
    let url = try tokenServer(realm)
    var parameters = challenge.parameters["service"].map { [("service", $0)] } ?? []
    let response: Response
    if case .identityToken(let token)? = credentials {
      parameters += [
        ("grant_type", "refresh_token"), ("client_id", "hardtack"), ("scope", scopes.joined(separator: " ")),
        ("refresh_token", String(decoding: token.reveal(), as: UTF8.self)),
      ]
      var request = Request(
        url, method: .post, headers: [("Content-Type", "application/x-www-form-urlencoded")],
        body: .bytes(Array(FormEncoding.text(parameters).utf8)), limit: 1 << 20)
      request.followsRedirects = false
      response = try await downloader.retrying { try await RegistryAnswer.send(request, by: self.downloader) }
    } else {
      parameters += scopes.map { ("scope", $0) }
      let query = FormEncoding.text(parameters)
      var headers: [(name: String, value: String)] = []
      if let basic = credentials?.basic {
        headers.append(("Authorization", String(decoding: basic.reveal(), as: UTF8.self)))
      }
      let request = Request(
        try url.resolving(url.text + (url.text.contains("?") ? "&" : "?") + query), headers: headers,
        limit: 1 << 20)
      response = try await downloader.retrying { try await RegistryAnswer.send(request, by: self.downloader) }
    }
    guard response.status == 200 else { return nil }
    guard let answer = try? JSONDecoder().decode(TokenAnswer.self, from: Data(response.body)),
      let token = answer.token ?? answer.accessToken, !token.isEmpty
    else {
      throw Diagnostic(
        .failed, "\(url.host), where the registry has its tokens given out, gave an answer without one")
    }
    return Secret("Bearer " + token)
  }
}

/// Names and values as forms and queries have them: `application/x-www-form-urlencoded`.
enum FormEncoding {
  static func text(_ pairs: [(name: String, value: String)]) -> String {
    pairs.map { encoded($0.name) + "=" + encoded($0.value) }.joined(separator: "&")
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default: "%" + Hexadecimal.text([byte]).uppercased()
      }
    }.joined()
  }
}
