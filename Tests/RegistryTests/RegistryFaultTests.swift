import Essentials
import Storage
import TestSupport
import Testing

@testable import Registry

/// A registry, or something before it, that breaks things: what arrives is right, or nothing does and the error says why.
@Suite struct RegistryFaultTests {
  let rig: RegistryRig

  init() async throws { rig = try await RegistryRig() }

  @Test(arguments: [
    ("POST", "500", 2), ("PUT", "500", 2), ("PUT", "lose-answer", 1), ("PUT", "flip-request", 1),
    ("PUT", "cut-request", 2), ("PATCH", "500", 2), ("PATCH", "cut-request", 2), ("PATCH", "flip-request", 1),
    ("PATCH", "late-500", 2), ("PATCH", "late-cut-request", 1), ("PATCH", "late-lose-answer", 1),
  ])
  func `pushes in spite of`(method: String, fault: String, times: Int) async throws {
    let sample = try await SampleImage(in: try rig.store("a"), noise: Int(BlobUpload.chunkSize) * 2)
    try rig.proxy.fail(method, "uploads", fault, times: times)
    _ = try await rig.push(sample, "demo:v1")
    let chunks = rig.proxy.log.filter { $0.method == "PATCH" && $0.status == "202" }
    // What the registry has isn't sent again where it can tell: a failed chunk alone is.
    if fault == "late-500" || fault == "late-lose-answer" { #expect(chunks.count == 3) }
    try rig.proxy.fail("NONE", "none", "none", times: 0)
    let other = try rig.store("b")
    #expect(try await rig.pull("demo:v1", into: other).image == sample.digest)
    #expect(try other.losses().isEmpty)
  }

  @Test(arguments: [
    ("uploads", "500", "no space left on device"), ("uploads", "flip-request", "has lost what was sent"),
    ("manifests", "flip-request", "MANIFEST_INVALID"),
  ])
  func `says why nothing can be pushed, and leaves no tag`(place: String, fault: String, text: String)
    async throws
  {
    let sample = try await SampleImage(in: try rig.store("a"))
    try rig.proxy.fail("PUT", place, fault, times: 1000)
    let error = await #expect(throws: Diagnostic.self) { try await rig.push(sample, "demo:v1") }
    #expect(
      error?.message.contains(text) == true && error?.hints.isEmpty == false, "\(String(describing: error))")
    try rig.proxy.fail("NONE", "none", "none", times: 0)
    await #expect(throws: Diagnostic.self) { try await rig.pull("demo:v1", into: try rig.store("b")) }
    _ = try await rig.push(sample, "demo:v1")
    #expect(try await rig.pull("demo:v1", into: try rig.store("b")).image == sample.digest)
  }

  @Test(arguments: [("blobs", "truncate-answer", 3), ("blobs", "500", 3), ("referrers", "no-referrers", 1)])
  func `pulls in spite of`(place: String, fault: String, times: Int) async throws {
    let sample = try await SampleImage(in: try rig.store("a"))
    _ = try await rig.push(sample, "demo:v1")
    try rig.proxy.fail("GET", place, fault, times: times)
    let other = try rig.store("b")
    #expect(try await rig.pull("demo:v1", into: other).image == sample.digest)
    #expect(try await other.verify(Progress(style: .quiet)).isSound)
  }

  @Test(arguments: [
    ("blobs", "flip-answer"), ("manifests/v1", "flip-answer"), ("manifests/sha256:", "flip-answer"),
  ])
  func `stores no wrong byte`(place: String, fault: String) async throws {
    let sample = try await SampleImage(in: try rig.store("a"))
    _ = try await rig.push(sample, "demo:v1")
    try rig.proxy.fail("GET", place, fault, times: 1000)
    let other = try rig.store("b")
    let error = await #expect(throws: Diagnostic.self) { try await rig.pull("demo:v1", into: other) }
    #expect(error?.category == .verificationFailed)
    #expect(error?.hints.first?.hasPrefix("nothing of it was stored; ") == true)
    #expect(try sample.blobs(in: other).isEmpty)
    #expect(try await other.verify(Progress(style: .quiet)).isSound)
  }

  @Test func `says of an image that another tool has pushed that it's none of a machine`() async throws {
    let sample = try await SampleImage(in: try rig.store("a"))
    _ = try await rig.push(sample, "demo:v1")
    _ = try await Command(
      "skopeo",
      [
        "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false",
        "docker://\(rig.proxy.host)/demo:v1",
        "docker://\(rig.proxy.host)/alone:v1",
      ]
    ).output()
    let error = await #expect(throws: Diagnostic.self) {
      try await rig.pull("alone:v1", into: try rig.store("b"))
    }
    #expect(error?.message.contains("is no image that boots as a machine") == true)
  }
}
