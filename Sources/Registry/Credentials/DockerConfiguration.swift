package import Essentials
import FoundationEssentials
import SystemPackage

/// The file that `docker login` and its kin write: who someone is to each registry.
///
/// Source: Docker's documentation of `config.json`; containers-auth.json(5) for `REGISTRY_AUTH_FILE` and for repositories as
/// keys; docker-credential-helpers for the helpers' protocol.
package struct DockerConfiguration: Sendable {
  private struct File: Decodable {
    struct Entry: Decodable {
      var auth: String?
      var username: String?
      var password: String?
      var identitytoken: String?
    }

    var auths: [String: Entry]?
    var credsStore: String?
    var credHelpers: [String: String]?
  }

  private struct HelperAnswer: Decodable {
    var username: String
    var secret: String

    private enum CodingKeys: String, CodingKey {
      case username = "Username"
      case secret = "Secret"
    }
  }

  private let file: File
  private let path: FilePath?

  /// Reads the file that the environment names: `REGISTRY_AUTH_FILE`, else `config.json` in `DOCKER_CONFIG` or in `~/.docker`.
  /// - Throws: `usage` where it's there and can't be understood.
  package init(environment: (String) -> String?) throws(Diagnostic) {
    func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    let path =
      value("REGISTRY_AUTH_FILE").map { FilePath($0) }
      ?? value("DOCKER_CONFIG").map { FilePath($0).appending("config.json") }
      ?? value("HOME").map { FilePath($0).appending(".docker").appending("config.json") }
    guard let path, (try? FileDescriptor.open(path, .readOnly).close()) != nil else {
      self.path = nil
      file = File()
      return
    }
    self.path = path
    let bytes = try DurableFile.read(path, limit: 1 << 20)
    do { file = try JSONDecoder().decode(File.self, from: Data(bytes)) } catch {
      throw Diagnostic(
        .usage, "\(path) is no configuration of Docker's",
        hints: ["'docker login' or 'skopeo login' writes one"])
    }
  }

  /// Who someone is to the registry at `host`; nil where nothing says it.
  ///
  /// As Docker has it: the helper that is named for the host, else the one for all, else what the file itself holds.
  /// - Parameters:
  ///   - host: with the port, where one is given.
  ///   - repository: for files that hold something for a part of a registry.
  /// - Throws: where a helper fails.
  package func credentials(
    host: String, repository: String
  ) async throws(Diagnostic) -> RegistryCredentials? {
    if let helper = file.credHelpers?[host] { return try await ask(helper, host) }
    if let helper = file.credsStore, !helper.isEmpty, let found = try await ask(helper, host) { return found }
    let auths = file.auths ?? [:]
    var names = [host]
    for part in repository.split(separator: "/") { names.append(names[names.count - 1] + "/" + part) }
    for name in names.reversed() { if let entry = auths[name] { return Self.credentials(entry) } }
    let entry = auths.first { Self.host(of: $0.key).map(String.init) == host }
    return entry.flatMap { Self.credentials($0.value) }
  }

  private static func credentials(_ entry: File.Entry) -> RegistryCredentials? {
    if let token = entry.identitytoken, !token.isEmpty { return .identityToken(Secret(token)) }
    if let auth = entry.auth, !auth.isEmpty { return RegistryCredentials(encoded: auth) }
    guard let user = entry.username, let password = entry.password, !user.isEmpty else { return nil }
    return .password(user: user, Secret(password))
  }

  /// The host of a key as older versions of Docker wrote it: `https://HOST/v1/`.
  private static func host(of key: String) -> Substring? {
    for scheme in ["https://", "http://"] where key.hasPrefix(scheme) {
      return key.dropFirst(scheme.count).prefix { $0 != "/" }
    }
    return nil
  }

  private func ask(_ helper: String, _ host: String) async throws(Diagnostic) -> RegistryCredentials? {
    let program = "docker-credential-" + helper
    func failed(_ reason: String) -> Diagnostic {
      Diagnostic(
        .failed, "\(program), which \(path?.string ?? "") names for \(host), \(reason)",
        hints: ["log in again: docker login \(host)"])
    }
    guard !helper.contains("/") else { throw failed("is no helper's name") }
    let result: Command.Result
    do { result = try await Command(program, ["get"], input: Array(host.utf8)).run() } catch {
      throw failed("can't be run: \((error as? Diagnostic)?.message ?? "\(error)")")
    }
    guard result.status == 0 else {
      // All helpers say this, on standard output, where they have nothing.
      if result.outputText.contains("credentials not found") { return nil }
      throw failed("failed with exit code \(result.status)")
    }
    guard let answer = try? JSONDecoder().decode(HelperAnswer.self, from: Data(result.output)) else {
      throw failed("gave an answer that can't be understood")
    }
    if answer.username == "<token>" { return .identityToken(Secret(answer.secret)) }
    return .password(user: answer.username, Secret(answer.secret))
  }
}
