import Essentials
import Glibc
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Transfer

/// A downloader that doesn't wait between attempts but notes how long it would have.
struct Patience {
  let pauses = Pauses()

  final class Pauses: Sendable {
    private let list = Mutex<[Duration]>([])
    var all: [Duration] { list.withLock(\.self) }
    func add(_ pause: Duration) { list.withLock { $0.append(pause) } }
  }

  var configuration: Downloader.Configuration {
    var configuration = Downloader.Configuration()
    configuration.stallTimeout = .seconds(1)
    configuration.pause = { [pauses] in pauses.add($0) }
    configuration.random = { 1 }
    return configuration
  }
}

@Suite struct FetchTests {
  let server: HostileServer
  let folder: TemporaryFolder
  let store: Store
  let patience = Patience()
  let downloader: Downloader
  let quiet = Progress(style: .quiet)
  /// Made once: a debug build takes its time for it.
  static let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
  var content: [UInt8] { Self.content }

  init() throws {
    server = try HostileServer()
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
    downloader = try Downloader(patience.configuration)
  }

  var leftovers: [String] {
    get async throws {
      let listing = try await Command("ls", ["-A", store.root.appending("ingest").string]).output()
      return String(decoding: listing, as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }

  @Test func `fetches many at once, and what is stored costs no request`() async throws {
    let artifacts = try (0..<60).map { number in
      try server.artifact("file\(number)", Array("content \(number)".utf8), modes: "ok")
    }
    try await downloader.fetch(artifacts, into: store, progress: quiet)
    for artifact in artifacts { #expect(store.contains(artifact.digest)) }
    #expect(server.log.count == 60)
    #expect(try await leftovers.isEmpty)
    try await downloader.fetch(artifacts, into: store, progress: quiet)
    #expect(server.log.count == 60)
  }

  @Test(arguments: [
    "truncate", "short", "long", "flip", "flip-half", "ignore-range", "wrong-206", "unasked-206",
    "wrong-length",
    "endless", "slow", "loop", "to-file", "moved", "absent", "busy", "busy-once", "drop-once", "headers",
  ])
  func `gets the right bytes in spite of a mirror that does`(_ mode: String) async throws {
    let artifact = try server.artifact("file", content, modes: mode, "ok")
    try await downloader.fetch([artifact], into: store, progress: quiet)
    #expect(try store.read(artifact.digest) == content)
    #expect(try await leftovers.isEmpty)
  }

  @Test(arguments: [
    ("short", Diagnostic.Category.notAvailableOffline), ("long", .verificationFailed),
    ("flip", .verificationFailed), ("unasked-206", .verificationFailed),
    ("wrong-length", .verificationFailed),
    ("endless", .verificationFailed), ("slow", .notAvailableOffline), ("loop", .notAvailableOffline),
    ("to-file", .notAvailableOffline), ("absent", .failed), ("busy", .failed),
    ("headers", .notAvailableOffline),
  ])
  func `stores nothing where the only source does`(
    _ mode: String, _ category: Diagnostic.Category
  ) async throws {
    let artifact = try server.artifact("file", content, modes: mode)
    let error = await #expect(throws: Diagnostic.self) {
      try await downloader.fetch([artifact], into: store, progress: quiet)
    }
    #expect(error?.category == category)
    #expect(error?.message.contains("127.0.0.1") == true)
    #expect(!store.contains(artifact.digest))
    #expect(try store.blobs().isEmpty)
  }

  @Test func `names the artifact, the host and what to do where the content is wrong`() async throws {
    let artifact = try server.artifact("nginx", content, modes: "flip")
    let error = await #expect(throws: Diagnostic.self) {
      try await downloader.fetch([artifact], into: store, progress: quiet)
    }
    #expect(error?.message.hasPrefix("nginx from 127.0.0.1 isn't what is pinned") == true)
    #expect(error?.hints.isEmpty == false)
  }

  @Test func `goes on where it broke off, if the file is still the same`() async throws {
    let artifact = try server.artifact("file", content, modes: "drop-once")
    try await downloader.fetch([artifact], into: store, progress: quiet)
    #expect(server.log == ["drop-once file - -", "drop-once file bytes=1500000- \"one\""])
    #expect(try store.read(artifact.digest) == content)
  }

  @Test func `begins again where another's bytes were wrong`() async throws {
    let artifact = try server.artifact("file", content, modes: "flip-half", "ok")
    try await downloader.fetch([artifact], into: store, progress: quiet)
    #expect(server.log == ["flip-half file - -", "ok file bytes=1500000- -", "ok file - -"])
  }

  @Test func `leaves a busy server alone for as long as it asks`() async throws {
    let artifact = try server.artifact("file", content, modes: "busy-once")
    try await downloader.fetch([artifact], into: store, progress: quiet)
    #expect(patience.pauses.all == [.seconds(7)])
  }

  @Test func `stops at once when cancelled, and keeps what it has`() async throws {
    let artifact = try server.artifact("file", content, modes: "slow")
    let (downloader, store, quiet) = (downloader, store, quiet)
    let task = Task { try await downloader.fetch([artifact], into: store, progress: quiet) }
    #expect(try server.nextLine() == "half")
    let clock = ContinuousClock()
    let began = clock.now
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // The server would hold it for a minute.
    #expect(clock.now - began < .seconds(10))
    let again = try server.artifact("file", content, modes: "ok")
    try await downloader.fetch([again], into: store, progress: quiet)
    #expect(try store.read(artifact.digest) == content)
  }

  @Test func `keeps what was fetched beside what failed`() async throws {
    let good = try server.artifact("good", content, modes: "ok")
    let bad = try server.artifact("bad", [1, 2, 3], modes: "absent")
    await #expect(throws: Diagnostic.self) {
      try await downloader.fetch([good, bad], into: store, progress: quiet)
    }
    #expect(store.contains(good.digest) || store.partialSize(of: good.digest) >= 0)
    #expect(!store.contains(bad.digest))
  }

  @Test func `says that the network is to blame where nothing listens`() async throws {
    let url = try ResourceURL("http://127.0.0.1:9/file")
    let artifact = Artifact(digest: Digest(of: "x"), size: 1, urls: [url], label: "x")
    let error = await #expect(throws: Diagnostic.self) {
      try await downloader.fetch([artifact], into: store, progress: quiet)
    }
    #expect(error?.category == .notAvailableOffline)
    #expect(error?.hints.first?.contains("http_proxy") == true)
    #expect(patience.pauses.all.count == 3)
  }

  @Test func `copies from a file where that is the source`() async throws {
    try DurableFile.write(content, to: folder.appending("file"))
    let url = try ResourceURL("file://" + folder.appending("file").string)
    let artifact = Artifact(digest: Digest(of: content), size: Int64(content.count), urls: [url], label: "x")
    try await downloader.fetch([artifact], into: store, progress: quiet)
    #expect(try store.read(artifact.digest) == content)
  }
}
