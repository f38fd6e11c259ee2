import Essentials
package import Transfer

/// One repository of an OCI registry.
///
/// Source: OCI distribution specification 1.1.
package final class RegistryClient: Sendable {
  package enum Access: String, Sendable {
    case pull
    case push = "pull,push"
  }

  /// How a registry is reached, beside what the reference says.
  package struct Settings: Sendable {
    /// Whether http is spoken to a registry on another machine.
    package var plainHTTP: Bool
    package var configuration: Downloader.Configuration
    package var docker: DockerConfiguration

    package init(
      plainHTTP: Bool, configuration: Downloader.Configuration, docker: DockerConfiguration
    ) {
      self.plainHTTP = plainHTTP
      self.configuration = configuration
      self.docker = docker
    }
  }

  let reference: ImageReference
  let downloader: Downloader
  private let base: ResourceURL

  private init(_ reference: ImageReference, _ base: ResourceURL, _ downloader: Downloader) {
    self.reference = reference
    self.base = base
    self.downloader = downloader
  }

  /// Finds out how the registry is spoken to, and sees that it's one.
  /// - Parameters:
  ///   - reference: an image in the repository.
  ///   - access: what is to be done there.
  ///   - sources: other repositories there that blobs are to be mounted from.
  /// - Throws: `notAvailableOffline` where it can't be reached, and where it doesn't answer as a registry does.
  package static func connect(
    _ reference: ImageReference, for access: Access, mountingFrom sources: [String] = [], _ settings: Settings
  ) async throws -> RegistryClient {
    let plain = try Downloader(settings.configuration)
    let base = try await base(of: reference, settings, plain)
    let authorizer = RegistryAuthorizer(
      registry: base,
      scopes: ["repository:\(reference.repository):\(access.rawValue)"]
        + sources.map { "repository:\($0):\(Access.pull.rawValue)" },
      downloader: plain
    ) { () async throws(Diagnostic) in
      try await settings.docker.credentials(host: reference.host, repository: reference.repository)
    }
    let client = RegistryClient(
      reference, base, try Downloader(settings.configuration, authorizer: authorizer))
    let greeting = Request(base, limit: 1 << 20)
    let response = try await client.send(greeting)
    // Some answer 404 here to whoever has only a part of them; what matters will be asked for.
    guard response.status != 401 else { throw client.denied(response, to: greeting) }
    return client
  }

  /// A registry on this machine may speak http; any other is asked over https, unless told otherwise.
  private static func base(
    of reference: ImageReference, _ settings: Settings, _ downloader: Downloader
  ) async throws -> ResourceURL {
    let https = try ResourceURL("https://\(reference.host)/v2/")
    let http = try ResourceURL("http://\(reference.host)/v2/")
    if settings.plainHTTP { return http }
    guard reference.isLoopback else { return https }
    do {
      _ = try await downloader.send(Request(https, limit: 1 << 20))
      return https
    } catch is TransientFailure { return http }
  }

  /// Sends a request, again where that may help.
  func send(_ request: Request) async throws -> Response {
    try await downloader.retrying { try await RegistryAnswer.send(request, by: downloader) }
  }

  /// The address of something in the repository.
  /// - Parameter path: as in `blobs/sha256:…`.
  func url(_ path: String) throws(Diagnostic) -> ResourceURL {
    try base.resolving("\(reference.repository)/\(path)")
  }

  /// The error of a request that wasn't answered as hoped for.
  func failure(_ response: Response, to request: Request) -> Diagnostic {
    let failure = RegistryAnswer.failure(response, to: request)
    return switch response.status {
    case 401, 403: denied(response, to: request)
    case 404 where RegistryAnswer.codes(response).contains("NAME_UNKNOWN"):
      failure.hint(
        "there is no repository '\(reference.repository)' yet; see whether its name is spelt right")
    case 405, 501:
      failure.hint("the registry doesn't allow that: it may be a mirror, or read-only")
    case 400 where RegistryAnswer.codes(response).contains("MANIFEST_INVALID"):
      failure.hint("the registry takes no OCI artifacts, or something on the way changes what is sent")
    case 413: failure.hint("the registry, or a proxy before it, limits the size of what is sent")
    default: failure
    }
  }

  private func denied(_ response: Response, to request: Request) -> Diagnostic {
    RegistryAnswer.failure(response, to: request).hint(
      response.status == 401
        ? "log in: docker login \(reference.host), or skopeo login; what they write is read"
        : "whoever you're logged in as may not do that; ask who looks after '\(reference.repository)'")
  }
}
