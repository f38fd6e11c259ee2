import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct StoreTests {
  let folder: TemporaryFolder
  let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
  }

  @Test func `keeps what is published, read-only and by its digest`() throws {
    let digest = try store.publish(Array("hardtack\n".utf8))
    #expect(store.contains(digest))
    #expect(store.size(of: digest) == 9)
    #expect(try store.read(digest) == Array("hardtack\n".utf8))
    #expect(try store.open(digest).withBytes { Array($0) } == Array("hardtack\n".utf8))
    var information = stat()
    #expect(stat(try store.path(of: digest).string, &information) == 0)
    #expect(information.st_mode & 0o7777 == 0o444)
    #expect(try store.publish(Array("hardtack\n".utf8)) == digest)
  }

  @Test func `is an OCI image layout`() throws {
    let layout = try DurableFile.read(store.root.appending("oci-layout"))
    #expect(String(decoding: layout, as: UTF8.self) == #"{"imageLayoutVersion":"1.0.0"}"#)
    let digest = try store.publish([])
    #expect(
      try store.path(of: digest)
        == store.root.pushing(
          "blobs/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
  }

  @Test func `says that a blob is missing, and what to do`() throws {
    let absent = Digest(of: "absent")
    #expect(!store.contains(absent))
    let error = #expect(throws: Diagnostic.self) { try store.read(absent) }
    #expect(error?.category == .notAvailableOffline)
    #expect(error?.hints.isEmpty == false)
    #expect(throws: Diagnostic.self) { try store.open(absent) }
    #expect(throws: Diagnostic.self) { try store.path(of: absent) }
  }

  @Test func `refuses a blob that is larger than asked for`() throws {
    let digest = try store.publish([1, 2, 3])
    #expect(throws: Diagnostic.self) { try store.read(digest, limit: 2) }
    #expect(try store.read(digest, limit: 3) == [1, 2, 3])
  }

  @Test func `opens where only a README and a tag stand`() throws {
    let cache = folder.appending("cache")
    try DurableFile.createFolder(cache)
    try DurableFile.write(Array("read me".utf8), to: cache.appending("README.md"))
    try DurableFile.write(Array("tag".utf8), to: cache.appending("CACHEDIR.TAG"))
    _ = try Store(at: cache, creating: true)
    _ = try Store(at: cache, creating: false)
    #expect(try DurableFile.read(cache.appending("CACHEDIR.TAG")) == Array("tag".utf8))
  }

  @Test func `refuses a folder that holds something else, and leaves it alone`() throws {
    let other = folder.appending("other")
    try DurableFile.createFolder(other)
    try DurableFile.write([1], to: other.appending("thesis.txt"))
    let error = #expect(throws: Diagnostic.self) { try Store(at: other, creating: true) }
    #expect(error?.message.contains("thesis.txt") == true)
    #expect(access(other.appending("format").string, F_OK) != 0)
  }

  @Test func `refuses a folder that is no store unless it may make one`() throws {
    #expect(throws: Diagnostic.self) { try Store(at: folder.appending("none"), creating: false) }
    #expect(access(folder.appending("none").string, F_OK) != 0)
  }

  @Test(arguments: ["hardtack store 2\n", "hardtack store 1", "", "something\u{0}else"])
  func `refuses a format that it does not know`(_ format: String) throws {
    try DurableFile.write(Array(format.utf8), to: store.root.appending("format"))
    let error = #expect(throws: Diagnostic.self) { try Store(at: store.root, creating: true) }
    #expect(error?.category == .verificationFailed)
    #expect(error?.message.contains("'hardtack store 1' only") == true)
  }

  @Test func `opens what a killed creation left`() throws {
    let half = folder.appending("half")
    try DurableFile.createFolder(half)
    try DurableFile.write([], to: half.appending(".format.17.4.tmp"))
    let store = try Store(at: half, creating: true)
    #expect(try store.read(store.publish([1])) == [1])
  }

  @Test func `answers whether 200 artifacts are stored in microseconds each`() throws {
    let digests = try (0..<200).map { try store.publish(Array("artifact \($0)".utf8)) }
    let time = ContinuousClock().measure {
      for digest in digests { #expect(store.contains(digest)) }
    }
    #expect(time < .milliseconds(20))
  }
}
