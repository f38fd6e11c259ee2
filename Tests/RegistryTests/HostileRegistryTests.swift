import Essentials
import Images
import Storage
import TestSupport
import Testing
import Transfer

@testable import Registry

/// A registry that is after passwords, or after whoever speaks to it.
@Suite struct HostileRegistryTests {
  let server: TokenServer

  init() throws { server = try TokenServer() }

  @Test(arguments: [
    "http://tokens.example/token", "http://127.0.0.1.tokens.example/token",
    "http://localhost@tokens.example/token",
    "file:///etc/passwd", "http://[::1/token",
  ])
  func `no token is asked for over http elsewhere`(realm: String) async throws {
    try server.tell("realm", realm)
    let error = await #expect(throws: Diagnostic.self) { try await server.client(TokenServer.password) }
    // Not even looked for.
    #expect(error?.category != .notAvailableOffline)
    #expect(error.map { "\($0)".contains("c29tZW9uZTp") } == false)
    #expect(server.secrets.isEmpty)
  }

  @Test func `whoever the registry redirects to learns neither password nor token`() async throws {
    let elsewhere = try TokenServer()
    try server.tell("redirect", "http://\(elsewhere.host)")
    let client = try await server.client(TokenServer.password)
    let error = await #expect(throws: Diagnostic.self) { try await client.hasBlob(Digest(of: "x")) }
    #expect(error?.message.contains("401") == true)
    #expect(elsewhere.log.contains { $0.contains("/v2/demo/blobs/") })
    #expect(elsewhere.secrets.isEmpty && !elsewhere.log.contains { $0.contains(" /token") })
  }

  @Test func `whoever an upload is to go on with learns neither password nor token`() async throws {
    let elsewhere = try TokenServer()
    try server.tell("location", "http://\(elsewhere.host)/v2/demo/blobs/uploads/1")
    let error = await #expect(throws: Diagnostic.self) { try await upload() }
    #expect(error?.message.contains("401") == true)
    #expect(elsewhere.log.contains { $0.contains("/v2/demo/blobs/uploads/") })
    #expect(!elsewhere.log.contains { $0.contains(" /token") })
    #expect(!elsewhere.secrets.contains { $0.contains("Basic") || $0.contains("Bearer") })
  }

  @Test func `an identity token isn't sent on`() async throws {
    let elsewhere = try TokenServer()
    try server.tell("redirect", "http://\(elsewhere.host)")
    await #expect(throws: Diagnostic.self) {
      try await server.client(TokenServer.identityToken).hasBlob(Digest(of: "x"))
    }
    #expect(server.secrets.contains { $0.contains("refresh_token=refresh") })
    #expect(elsewhere.log.isEmpty)
  }

  private func upload() async throws {
    let file = server.folder.appending("blob")
    try DurableFile.write(Array(repeating: 7, count: Int(BlobUpload.chunkSize) + 1), to: file)
    let client = try await server.client(TokenServer.password)
    var upload = BlobUpload(
      client, Digest(of: "x"), file, size: BlobUpload.chunkSize + 1, Progress(style: .quiet).stage(""))
    try await upload.run()
  }

  @Test(arguments: [
    "file:///dev/full?secret", "gopher://registry.example/secret", "http://[::1/secret", "\u{1b}[2Jsecret",
  ])
  func `an upload goes on at no address that isn't http's`(location: String) async throws {
    try server.tell("location", location)
    let error = await #expect(throws: Diagnostic.self) { try await upload() }
    #expect(error?.message.contains("names a place for what is pushed that isn't used") == true)
    #expect(error.map { "\($0)".contains("secret") } == false)
  }

  @Test(arguments: ["0-0", "0-9223372036854775807", "0-16777300"])
  func `an upload that the registry says nonsense of comes to an end`(range: String) async throws {
    try server.tell("location", "/v2/demo/blobs/uploads/1")
    try server.tell("range", range)
    await #expect(throws: Diagnostic.self) { try await upload() }
  }

  @Test func `sizes that nothing can have are refused`() async throws {
    let client = try await server.client(TokenServer.password)
    let store = try Store(at: server.folder.appending("store"), creating: true)
    let pull = Pull(
      client.reference, into: store, try server.settings(TokenServer.password),
      progress: Progress(style: .quiet))
    func descriptor(_ size: Int64) -> Descriptor {
      Descriptor(mediaType: MediaType.layer, digest: Digest(of: "x"), size: size)
    }
    for size in [-1, .min, .max, 65 << 20] as [Int64] {
      #expect(throws: Diagnostic.self) { try pull.document(descriptor(size), "it", client) }
    }
    for size in [-1, .min, .max] as [Int64] {
      for (content, packed) in [(size, 1), (1, size)] as [(Int64, Int64)] {
        let part = Part(content: descriptor(content), packed: descriptor(packed), label: "it")
        #expect(throws: Diagnostic.self) { try pull.artifact(part, client) }
      }
    }
    #expect(try pull.document(descriptor(64 << 20), "it", client).size == 64 << 20)
  }
}
