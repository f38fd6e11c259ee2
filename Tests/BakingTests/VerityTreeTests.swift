import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct VerityTreeTests {
  /// Blocks on both sides of what one and two levels hold.
  @Test(arguments: [2, 127, 128, 129, 16_384, 16_385])
  func `veritysetup accepts the hashes, and no other data`(blocks: Int) async throws {
    let folder = try TemporaryFolder()
    let (data, hashes) = (folder.appending("data"), folder.appending("hashes"))
    var random = SplitMix(UInt64(blocks))
    var bytes = [UInt8](repeating: 0, count: blocks * VerityTree.blockSize)
    for index in stride(from: 0, to: bytes.count, by: 1021) {
      bytes[index] = .random(in: 0...255, using: &random)
    }
    var tree = VerityTree(salt: Array("a salt".utf8))
    // In pieces that end anywhere.
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + .random(in: 1...100_000, using: &random))
      bytes[start..<end].withUnsafeBytes { tree.update($0) }
      start = end
    }
    let made = tree.finish(identifier: Identifier(of: "test").bytes)
    try DurableFile.write(bytes, to: data)
    try DurableFile.write(made.partition, to: hashes)
    let verify = Command("veritysetup", ["verify", data.string, hashes.string, made.root.hexadecimal])
    let said = try await verify.run()
    #expect(said.status == 0, "\(said.errorText)")
    bytes[bytes.count / 2] ^= 1
    try DurableFile.write(bytes, to: data)
    #expect(try await verify.run().status != 0)
  }
}
