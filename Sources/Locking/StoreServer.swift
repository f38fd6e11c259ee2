package import Essentials
import Storage
import Transfer

/// Another store that is shared over HTTP by `hardtack serve`.
package struct StoreServer: Sendable {
  private let base: ResourceURL

  /// - Parameter address: the server's, as `serve` prints it. Where it asks for a token, that stands as the password in
  ///   the URL or in `~/.netrc`.
  /// - Throws: `usage` where it's no http or https URL.
  package init(_ address: String) throws(Diagnostic) {
    base = try ResourceURL(address.hasSuffix("/") ? address : address + "/")
    guard base.scheme != .file else {
      throw Diagnostic(.usage, "\(base) is no address of a server", hints: ["give an http or https URL"])
    }
  }

  /// Sees that it's there and lets us in, so that not every single artifact finds out that it isn't or doesn't.
  func greet(_ downloader: Downloader) async throws {
    let response = try await downloader.get(
      Request(try base.resolving("v2/"), headers: [("Accept-Encoding", "identity")], limit: 1 << 16))
    guard response.status == 200 else {
      throw Diagnostic(.failed, "\(base) answered \(response.status) where a store was expected")
    }
  }

  /// Where it has a blob, if it does.
  func url(of digest: Digest) throws(Diagnostic) -> ResourceURL {
    try base.resolving("blobs/sha256/\(digest.hexadecimal)")
  }
}
