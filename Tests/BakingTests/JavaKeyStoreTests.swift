import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Baking

/// Stores as Java writes them, made and read by Python. `recipes/java` has keytool read a real one.
@Suite struct JavaKeyStoreTests {
  private static let script = """
    import hashlib, struct, sys
    def store(times, kind=2, password='changeit'):
        text = lambda t: struct.pack('>H', len(t)) + t.encode()
        body = struct.pack('>III', 0xfeedfeed, 2, len(times))
        for number, time in enumerate(times):
            body += struct.pack('>I', kind) + text('debian:%d.pem' % number) + struct.pack('>Q', time)
            body += text('X.509') + struct.pack('>I', 300 + number) + bytes([number]) * (300 + number)
        return body + hashlib.sha1(password.encode('utf-16-be') + b'Mighty Aphrodite' + body).digest()
    sys.stdout.write(eval(sys.argv[1]).hex())
    """

  private func store(_ call: String) async throws -> [UInt8] {
    try #require(Hexadecimal.bytes(try await python(Self.script, [call])))
  }

  @Test func `gives all certificates one time, and the digest that goes with it`() async throws {
    let found = JavaKeyStore.neutralised(
      try await store("store([1700000000123, 5, 2**50])"), epoch: 1_600_000_000)
    #expect(found == (try await store("store([1600000000000] * 3)")))
  }

  @Test func `leaves alone what it doesn't know`() async throws {
    #expect(JavaKeyStore.neutralised(try await store("store([1], kind=1)"), epoch: 5) == nil)
    #expect(JavaKeyStore.neutralised(try await store("store([1], password='other')"), epoch: 5) == nil)
    let sound = try await store("store([1, 2])")
    for count in 0..<sound.count {
      #expect(JavaKeyStore.neutralised(Array(sound.prefix(count)), epoch: 5) == nil)
    }
    for index in stride(from: 0, to: sound.count, by: 7) {
      var changed = sound
      changed[index] ^= 0x80
      #expect(JavaKeyStore.neutralised(changed, epoch: 5) == nil)
    }
  }
}
