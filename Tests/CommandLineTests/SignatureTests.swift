import Essentials
import FoundationEssentials
import Glibc
import Images
import Storage
import SystemPackage
import TestSupport
import Testing

/// `sign`, `verify` and `boot --require-signature`, with OpenSSL's own program as the other side.
@Suite struct SignatureTests {
  let folder: TemporaryFolder
  let program: Program
  let store: Store

  init() async throws {
    folder = try TemporaryFolder()
    var program = Program(folder)
    program.environment["HARDTACK_STORE"] = folder.appending("store").string
    self.program = program
    store = try Store(at: folder.appending("store"), creating: true)
    for name in ["sign", "other"] {
      try await openssl("genpkey", "-algorithm", "ed25519", "-out", file("\(name).key"))
      try await openssl("pkey", "-in", file("\(name).key"), "-pubout", "-out", file("\(name).pub"))
    }
  }

  private func file(_ name: String) -> String { folder.appending(name).string }

  @discardableResult
  private func openssl(_ arguments: String...) async throws -> [UInt8] {
    try await Command("openssl", arguments).output()
  }

  /// An image of nothing but its documents.
  private func publish(_ release: String) throws -> Image {
    let part = Descriptor(mediaType: MediaType.index, digest: try store.publish(Array(release.utf8)), size: 2)
    let configuration = ImageConfiguration(
      architecture: .amd64, config: .init(env: [], cmd: []), rootfs: .init(diffIDs: []),
      machine: Machine(
        recipe: "demo", lockfile: part.digest, index: part, kernel: part, initrd: part, commandLine: "",
        services: [], secrets: [], state: [], sanity: []))
    let manifest = ImageManifest(
      config: try store.publish(configuration, as: MediaType.imageConfiguration), layers: [])
    let image = try store.publish(manifest, as: MediaType.imageManifest)
    try store.keep(Root(.image, image.digest.hexadecimal, digests: [image.digest]))
    try store.tag(Tag(release, mediaType: image.mediaType, digest: image.digest, size: image.size))
    return try Image(image.digest, in: store)
  }

  private struct Answer: Decodable {
    let image: Digest
    let key: Digest
    let signature: Digest
  }

  private func answer(_ arguments: String...) async throws -> Answer {
    let outcome = try await program.run(arguments + ["--json"])
    try #require(outcome.code == 0, "\(outcome.error)")
    return try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
  }

  @Test func `OpenSSL verifies what is signed, and the signature stays with its image`() async throws {
    let image = try publish("v1")
    let signed = try await answer("sign", "v1", "--key", file("sign.key"))
    #expect(try await answer("sign", "v1", "--key", file("sign.key")).signature == signed.signature)
    #expect(try await answer("verify", "v1", "--key", file("sign.pub")).signature == signed.signature)
    #expect(signed.image == image.digest)
    let encoded = try await openssl("pkey", "-pubin", "-in", file("sign.pub"), "-outform", "DER")
    #expect(signed.key == Digest(of: encoded))

    let referrer = try image.referrer(signed.signature, in: store)
    let content = try #require(referrer.layers.first)
    let payload = try store.read(content.digest)
    #expect(String(decoding: payload, as: UTF8.self).contains("\"\(image.digest)\""))
    let signature = Data(base64Encoded: content.annotations?["dev.cosignproject.cosign/signature"] ?? "")
    try DurableFile.write(payload, to: folder.appending("payload"))
    try DurableFile.write(Array(try #require(signature)), to: folder.appending("signature"))
    let said = try await openssl(
      "pkeyutl", "-verify", "-pubin", "-inkey", file("sign.pub"), "-rawin", "-in", file("payload"),
      "-sigfile",
      file("signature"))
    #expect(String(decoding: said, as: UTF8.self).contains("Signature Verified Successfully"))

    #expect(try await program.run("store", "gc").code == 0)
    #expect(try await program.run("verify", "v1", "--key", file("sign.pub")).code == 0)
  }

  @Test func `refuses an image that nobody, or another, has signed`() async throws {
    _ = try publish("v1")
    for _ in 1...2 {
      for arguments in [["verify", "v1", "--key"], ["boot", "v1", "--require-signature"]] {
        let outcome = try await program.run(arguments + [file("sign.pub")])
        #expect(outcome.code == 4)
        #expect(outcome.error.contains("isn't signed by this key"), "\(outcome.error)")
        #expect(outcome.error.contains("hint: who has the private key signs it: hardtack sign "))
      }
      _ = try await answer("sign", "v1", "--key", file("other.key"))
    }
  }

  @Test func `takes no signature of another image, and none that was changed`() async throws {
    let (first, second) = (try publish("v1"), try publish("v2"))
    let key = try Ed25519Key(folder.appending("sign.key"), .secret)
    let other = try ImageSignature.sign(second, with: key, in: store)
    let own = try ImageSignature.sign(first, with: key, in: store)
    let name = "signature/\(try key.identity.hexadecimal)"
    func replaced(by referrer: Digest) async throws -> Program.Outcome {
      try store.update(Root(.image, first.digest.hexadecimal, digests: [])) { $0.refer(name, to: referrer) }
      return try await program.run("verify", "v1", "--key", file("sign.pub"))
    }
    let foreign = try await replaced(by: other)
    #expect(foreign.code == 4 && foreign.error.contains("says nothing about image"), "\(foreign.error)")

    // The other image's payload and signature, said to be about this one: the signature itself holds.
    var moved = try second.referrer(other, in: store)
    moved.subject = try first.descriptor(in: store)
    // And this one's with one bit of the signature turned.
    var turned = try first.referrer(own, in: store)
    let label = "dev.cosignproject.cosign/signature"
    var bytes = Data(base64Encoded: turned.layers[0].annotations?[label] ?? "") ?? Data()
    bytes[10] ^= 1
    turned.layers[0].annotations = [label: bytes.base64EncodedString()]
    for referrer in [moved, turned] {
      let digest = try store.publish(referrer, as: MediaType.imageManifest).digest
      let outcome = try await replaced(by: digest)
      #expect(outcome.code == 4 && outcome.error.contains("doesn't hold for image"), "\(outcome.error)")
    }
    #expect(try await replaced(by: own).code == 0)
  }

  @Test func `says what is wrong with a key`() async throws {
    _ = try publish("v1")
    try await openssl("genpkey", "-algorithm", "ed448", "-out", file("long.key"))
    try await openssl(
      "pkey", "-in", file("sign.key"), "-aes256", "-passout", "pass:secret", "-out", file("closed.key"))
    try DurableFile.write(Array("nothing\n".utf8), to: folder.appending("none.key"))
    for (name, reason) in [
      ("long.key", "holds a key of another kind than Ed25519"), ("closed.key", "holds no private key in PEM"),
      ("sign.pub", "holds no private key in PEM"), ("none.key", "holds no private key in PEM"),
    ] {
      let outcome = try await program.run("sign", "v1", "--key", file(name))
      #expect(outcome.code == 64)
      #expect(
        outcome.error.contains("error: FOLDER/\(name) \(reason)\nhint: openssl genpkey"), "\(outcome.error)")
    }
    let verified = try await program.run("verify", "v1", "--key", file("sign.key"))
    #expect(verified.code == 64 && verified.error.contains("hint: openssl pkey -in sign.key -pubout"))
  }
}
