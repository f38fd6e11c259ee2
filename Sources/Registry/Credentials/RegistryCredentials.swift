package import Essentials
import FoundationEssentials

/// Who someone is to a registry.
package enum RegistryCredentials: Sendable, Equatable {
  case password(user: String, Secret)
  /// A token that stands for user and password where tokens are given out, and nowhere else.
  case identityToken(Secret)

  /// What Docker's configuration has in `auth`: user and password in base64, with a colon between them.
  init?(encoded text: String) {
    guard let bytes = Data(base64Encoded: text) else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { return nil }
    // Docker writes zeros behind some passwords, and takes them away itself.
    self = .password(user: String(parts[0]), Secret(parts[1].trimmingSuffix { $0 == "\0" }))
  }

  /// The header `Authorization` of the scheme Basic (RFC 7617); nil for an identity token.
  var basic: Secret? {
    guard case .password(let user, let password) = self else { return nil }
    let encoded = Data(Array("\(user):".utf8) + password.reveal()).base64EncodedString()
    return Secret("Basic " + encoded)
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ isTaken: (Character) -> Bool) -> String {
    var rest = self
    while let last = rest.last, isTaken(last) { rest.removeLast() }
    return String(rest)
  }
}
