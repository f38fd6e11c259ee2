import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Registry

@Suite struct CredentialsTests {
  @Test(arguments: [
    (
      #"Bearer realm="https://a/token",service="r, \"x\"",scope="repository:a:pull""#,
      [
        AuthenticationChallenge(
          scheme: "bearer",
          parameters: ["realm": "https://a/token", "service": "r, \"x\"", "scope": "repository:a:pull"])
      ]
    ),
    (
      #"Negotiate, Basic realm="a=b", BEARER REALM=x"#,
      [
        AuthenticationChallenge(scheme: "negotiate"),
        AuthenticationChallenge(scheme: "basic", parameters: ["realm": "a=b"]),
        AuthenticationChallenge(scheme: "bearer", parameters: ["realm": "x"]),
      ]
    ), ("", []), (",, =x", []),
    (#"Basic realm="open"#, [AuthenticationChallenge(scheme: "basic", parameters: ["realm": "open"])]),
  ])
  func `a challenge is read`(text: String, expected: [AuthenticationChallenge]) {
    #expect(AuthenticationChallenge.parse(text) == expected)
  }

  private func found(_ json: String, host: String, repository: String = "team/logic") async throws
    -> RegistryCredentials?
  {
    let folder = try TemporaryFolder()
    try DurableFile.write(Array(json.utf8), to: folder.appending("config.json"))
    let configuration = try DockerConfiguration { $0 == "DOCKER_CONFIG" ? folder.path.string : nil }
    return try await configuration.credentials(host: host, repository: repository)
  }

  /// `someone:pass:word`, `other:x`.
  @Test func `Docker's configuration is read`() async throws {
    let someone = RegistryCredentials.password(user: "someone", Secret("pass:word"))
    let other = RegistryCredentials.password(user: "other", Secret("x"))
    let auth = #"{"auth": "c29tZW9uZTpwYXNzOndvcmQ="}"#
    let json = #"""
      {"auths": {"r.example": \#(auth), "https://old.example/v1/": \#(auth), "r.example/team": {"auth": "b3RoZXI6eA=="},
       "plain.example": {"username": "other", "password": "x"}, "token.example": {"identitytoken": "t"}, "none.example": {}},
       "HttpHeaders": {}}
      """#
    #expect(try await found(json, host: "r.example") == other)
    #expect(try await found(json, host: "r.example", repository: "logic") == someone)
    #expect(try await found(json, host: "old.example") == someone)
    #expect(try await found(json, host: "plain.example") == other)
    #expect(try await found(json, host: "token.example") == .identityToken(Secret("t")))
    #expect(try await found(json, host: "none.example") == nil)
    #expect(try await found(json, host: "r.example:5000") == nil)
    await #expect(throws: Diagnostic.self) { try await found("[", host: "r.example") }
    await #expect(throws: Diagnostic.self) {
      try await found(#"{"credHelpers": {"r.example": "no-such-helper"}}"#, host: "r.example")
    }
  }
}

/// Against `token_server.py`.
@Suite struct TokenTests {
  let server: TokenServer

  init() throws { server = try TokenServer() }

  @Test(arguments: [#""auth": "c29tZW9uZTpwYXNzOndvcmQ=""#, #""identitytoken": "refresh""#])
  func `a token is asked for once, and again when it's void`(entry: String) async throws {
    let client = try await server.client(entry)
    for _ in 0..<3 { #expect(try await !client.hasBlob(Digest(of: "x"))) }
    let tokens = server.log.filter { $0.contains(" /token") }
    #expect(tokens.count == 1)
    if !entry.contains("identitytoken") {
      #expect(
        tokens[0]
          == "GET /token?service=a%20%22quoted%22%20name&scope=repository%3Ademo%3Apull%2Cpush&scope=repository%3Aother%3Apull 200"
      )
    }
    try DurableFile.write([], to: server.folder.appending("expired"))
    // All at once: one of them asks, and all have it.
    _ = try await (0..<8).concurrentMap(limit: 8) { _ in try await client.hasBlob(Digest(of: "x")) }
    #expect(server.log.filter { $0.contains(" /token") }.count == 2)
  }

  @Test(arguments: ["", #""auth": "c29tZW9uZTp3cm9uZw==""#])
  func `who may not is told how to log in`(entry: String) async throws {
    let error = await #expect(throws: Diagnostic.self) {
      _ = try await server.client(entry).hasBlob(Digest(of: "x"))
    }
    #expect(error?.message.contains("answered 401") == true)
    #expect(error?.hints.first?.contains("docker login \(server.host)") == true)
  }
}
