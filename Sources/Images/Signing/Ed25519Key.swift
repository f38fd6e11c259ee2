import COpenSSL
package import Essentials
package import SystemPackage

/// A key of the signature scheme Ed25519 (RFC 8032), from a PEM file as OpenSSL writes it.
///
/// Source: RFC 8410 for its form in PKCS #8 (`PRIVATE KEY`) and SubjectPublicKeyInfo (`PUBLIC KEY`).
package final class Ed25519Key {
  package enum Kind: Sendable {
    case secret, `public`
  }

  /// The length of a signature, in bytes.
  package static let signatureSize = 64

  private let key: OpaquePointer

  /// Reads a key.
  /// - Parameters:
  ///   - path: a PEM file with one key, without a passphrase.
  ///   - kind: a secret key's file holds the public one too; a public key's doesn't sign.
  /// - Throws: `usage` where it holds no such key, with the command that makes one.
  package init(_ path: FilePath, _ kind: Kind) throws(Diagnostic) {
    let bytes = try DurableFile.read(path, limit: 1 << 16)
    let found = bytes.withUnsafeBytes { buffer -> OpaquePointer? in
      // At most 64 KiB, so the length fits.
      guard let source = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else { return nil }
      defer { BIO_free(source) }
      return switch kind {
      // The callback is asked for a passphrase; without it OpenSSL would ask on the terminal.
      case .secret: PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil)
      case .public: PEM_read_bio_PUBKEY(source, nil, nil, nil)
      }
    }
    ERR_clear_error()
    guard let found else {
      throw Self.unusable(path, kind, "holds no \(kind == .secret ? "private" : "public") key in PEM")
    }
    guard hardtack_is_ed25519(found) == 1 else {
      EVP_PKEY_free(found)
      throw Self.unusable(path, kind, "holds a key of another kind than Ed25519")
    }
    key = found
  }

  deinit { EVP_PKEY_free(key) }

  private static func unusable(_ path: FilePath, _ kind: Kind, _ reason: String) -> Diagnostic {
    let hint =
      kind == .secret
      ? "openssl genpkey -algorithm ed25519 -out sign.key makes a key; one with a passphrase can't be used"
      : "openssl pkey -in sign.key -pubout -out sign.pub writes the public key of sign.key"
    return Diagnostic(.usage, "\(path) \(reason)", hints: [hint])
  }

  /// The digest of the public key as SubjectPublicKeyInfo in DER: the key's name.
  package var identity: Digest {
    get throws(Diagnostic) {
      var encoded: UnsafeMutablePointer<UInt8>?
      let count = i2d_PUBKEY(key, &encoded)
      guard count > 0, let encoded else { throw Self.failure("encode a public key") }
      defer { CRYPTO_free(encoded, #file, #line) }
      return Digest(of: UnsafeBufferPointer(start: encoded, count: Int(count)))
    }
  }

  /// Signs `message`; the same message gives the same signature.
  package func sign(_ message: [UInt8]) throws(Diagnostic) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw Self.failure("sign") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: Self.signatureSize)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
      count == Self.signatureSize
    else { throw Self.failure("sign") }
    return signature
  }

  /// Whether `signature` is one of this key over `message`.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == Self.signatureSize, let context = EVP_MD_CTX_new() else { return false }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  private static func failure(_ action: String) -> Diagnostic {
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_get_error(), &text, text.count)
    ERR_clear_error()
    let said = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return Diagnostic(.failed, "OpenSSL can't \(action): \(said)")
  }
}
