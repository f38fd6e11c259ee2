import COpenSSL

/// SHA-256 over a stream of bytes, by OpenSSL, which uses the processor's own instructions.
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    // Both fail only where memory is exhausted or OpenSSL is built without SHA-256; there is no way to
    // go on from either.
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("OpenSSL offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in `bytes` behind all that came before.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 0 else { return }
    // Cannot fail: the context is initialised and the digest is a plain one.
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1)
  }

  /// Takes in `bytes` behind all that came before.
  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest of all that was taken in.
  package consuming func finalize() -> Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    var count: UInt32 = 0
    precondition(EVP_DigestFinal_ex(context, &bytes, &count) == 1 && count == 32)
    return Digest(bytes: bytes)
  }
}
