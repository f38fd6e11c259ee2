import Essentials
import FoundationEssentials

/// What PostgreSQL keeps of a password: enough to recognise who has it, and nothing to log in with.
///
/// Given in place of the password, so that this reaches neither the server's log nor its statistics. RFC 5802 (SCRAM) and RFC
/// 7677, in the form of PostgreSQL's `pg_authid.rolpassword`: `SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY`.
enum ScramVerifier {
  private static let iterations = 4096

  /// - Parameter password: ASCII without control characters, which RFC 4013 (SASLprep) leaves as it is.
  static func text(_ password: Secret, salt: [UInt8] = random(16)) -> String {
    let salted = derive(password.reveal(), salt: salt)
    let client = hmac(salted, Array("Client Key".utf8))
    let stored = Digest(of: client).bytes
    let server = hmac(salted, Array("Server Key".utf8))
    return "SCRAM-SHA-256$\(iterations):\(base64(salt))$\(base64(stored)):\(base64(server))"
  }

  /// RFC 2104.
  static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    let key = key.count > 64 ? Digest(of: key).bytes : key
    let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
    let inner = Digest(of: padded.map { $0 ^ 0x36 } + message).bytes
    return Digest(of: padded.map { $0 ^ 0x5C } + inner).bytes
  }

  /// PBKDF2 (RFC 8018) with HMAC-SHA-256, of one block.
  private static func derive(_ password: [UInt8], salt: [UInt8]) -> [UInt8] {
    var block = hmac(password, salt + [0, 0, 0, 1])
    var sum = block
    for _ in 1..<iterations {
      block = hmac(password, block)
      for index in sum.indices { sum[index] ^= block[index] }
    }
    return sum
  }

  private static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  static func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
  }
}
