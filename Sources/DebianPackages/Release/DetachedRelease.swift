package import Essentials

/// A `Release` file and its signature in one content, for archives that have no `InRelease`: first what `Release.gpg` holds, then
/// what `Release` does.
package enum DetachedRelease {
  /// How such a content begins (RFC 9580, section 6.2).
  package static let head = Array("-----BEGIN PGP SIGNATURE-----\n".utf8)
  private static let tail = Array("\n-----END PGP SIGNATURE-----\n".utf8)

  /// - Parameters:
  ///   - release: `Release`.
  ///   - signature: `Release.gpg`, in ASCII armour, without which apt takes none either.
  ///   - suite: what messages call it.
  /// - Throws: where the signature isn't one in armour and nothing else.
  package static func joined(
    _ release: [UInt8], signature: [UInt8], suite: String
  ) throws(Diagnostic) -> [UInt8] {
    let signature = signature.filter { $0 != UInt8(ascii: "\r") }
    guard let parts = split(signature), parts.release.isEmpty else {
      throw Diagnostic(
        .verificationFailed, "the Release.gpg of \(suite) isn't a signature in ASCII armour",
        hints: [
          "ask whoever runs the archive to sign it by 'gpg --armor --detach-sign', or to provide an InRelease"
        ])
    }
    return signature + release
  }

  /// The two files, or nil where `bytes` don't begin with a signature.
  package static func split(
    _ bytes: [UInt8]
  ) -> (signature: ArraySlice<UInt8>, release: ArraySlice<UInt8>)? {
    guard bytes.starts(with: head), let end = bytes.firstRange(of: tail) else { return nil }
    return (bytes[..<end.upperBound], bytes[end.upperBound...])
  }
}
