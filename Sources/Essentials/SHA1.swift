import COpenSSL

/// SHA-1, for what was laid down when it was thought safe: it tells whether bytes were changed by mistake, never by whom.
package enum SHA1 {
  /// The 20 bytes of the digest.
  package static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 20)
    // Fails only where memory is exhausted or OpenSSL is built without SHA-1; an empty digest matches nothing then.
    guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil) == 1 else { return [] }
    return digest
  }
}
