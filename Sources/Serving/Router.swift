package import Essentials
import Lockfiles
import PythonPackages
import Storage

/// Says what stands at which address:
///
///     /                              what there is, for a person
///     /blobs/sha256/HEX              any blob
///     /v2/…                          an OCI registry
///     /locks/NAME/apt/…              an apt repository of what a lockfile pins
///     /locks/NAME/simple/…           a Python index of what a lockfile pins
///     /locks/NAME/wheels/HEX/FILE    its files
package final class Router: Sendable {
  private let catalog: Catalog
  private let key: SigningKey?
  private let token: Secret?
  private let aptViews = AptViews()

  /// - Parameters:
  ///   - key: signs apt repositories; there are none where nil.
  ///   - token: what a client must present, as a bearer token or as a password; nothing where nil.
  package init(_ catalog: Catalog, key: SigningKey?, token: Secret? = nil) {
    self.catalog = catalog
    self.key = key
    self.token = token
  }

  package func answer(_ request: ServedRequest) async -> Answer {
    guard isAllowed(request) else {
      return .text(
        401, "a token is needed", [("WWW-Authenticate", "Basic realm=\"hardtack\", charset=\"UTF-8\"")])
    }
    do {
      return try await route(request)
    } catch let failure as Diagnostic {
      // What is damaged is in quarantine now, and gone.
      let isGone = [.verificationFailed, .notAvailableOffline].contains(failure.category)
      var answer =
        isGone ? Answer.notFound : .text(500, "this can't be served now; the server's log says why")
      answer.remark = failure.message
      return answer
    } catch {
      var answer = Answer.text(500, "this can't be served now; the server's log says why")
      answer.remark = "\(error)"
      return answer
    }
  }

  private func isAllowed(_ request: ServedRequest) -> Bool {
    guard let token else { return true }
    return Credentials.present(token, in: request.headers["authorization"] ?? "")
  }

  private func route(_ request: ServedRequest) async throws -> Answer {
    let parts = request.parts
    switch parts.first {
    case "" where parts.count == 1: return try overview().answer(request)
    case "v2": return try RegistryView(catalog: catalog).answer(request, Array(parts.dropFirst()))
    case "blobs":
      guard parts.count == 3, parts[1] == "sha256", let digest = Digest(hexadecimal: parts[2]),
        let file = try catalog.blob(digest)
      else { return .notFound }
      return Content("application/octet-stream", file, digest).answer(request)
    case "key.asc":
      guard parts.count == 1, let key else { return .notFound }
      return Content("application/pgp-keys", key.publicKey).answer(request)
    case "locks" where parts.count >= 3: return try await lock(request, parts[1], Array(parts.dropFirst(2)))
    default: return .notFound
    }
  }

  private func lock(_ request: ServedRequest, _ name: String, _ parts: [String]) async throws -> Answer {
    guard let lockfile = try catalog.lockfile(name) else { return .notFound }
    let rest = Array(parts.dropFirst())
    switch parts[0] {
    case "recipe.lock" where rest.isEmpty:
      return Content("application/json", lockfile.text).answer(request)
    case "apt":
      if rest.first == "pool", rest.count == 3 {
        return try file(rest, lockfile.artifacts, "application/vnd.debian.binary-package", request)
      }
      guard let key else { return .notFound }
      let view = try await aptViews.view(of: lockfile, in: catalog.store, key)
      return view.content(rest)?.answer(request) ?? .notFound
    case "wheels" where rest.count == 2:
      return try file(
        parts, lockfile.artifacts + lockfile.builtWheels, "application/octet-stream", request)
    case "simple":
      let view = PythonView(lockfile)
      if rest == [""] { return view.list(request).answer(request) }
      if rest.isEmpty { return .moved(to: "simple/") }
      guard let project = ProjectName(rest[0]), rest.count <= 2, rest.count == 1 || rest[1] == "" else {
        return .notFound
      }
      guard rest.count == 2 else { return .moved(to: "\(project)/") }
      guard rest[0] == project.description else { return .moved(to: "../\(project)/") }
      return view.project(project, request)?.answer(request) ?? .notFound
    default: return .notFound
    }
  }

  /// An artifact by its digest, under whatever file name.
  private func file(
    _ parts: [String], _ pinned: [Lockfile.PinnedFile], _ type: String, _ request: ServedRequest
  ) throws -> Answer {
    guard let digest = Digest(hexadecimal: parts[1]), pinned.contains(where: { $0.digest == digest }),
      let file = try catalog.blob(digest)
    else { return .notFound }
    return Content(type, file, digest).answer(request)
  }

  private func overview() throws(Diagnostic) -> Content {
    let content = try catalog.current()
    var lines = ["A store of hardtack's, to read from.", ""]
    for release in content.releases {
      lines.append("release \(release.tag.name): image \(release.recipe)@\(release.tag.digest)")
    }
    for name in content.locks.keys.sorted() where Digest(hexadecimal: name) == nil {
      lines.append("lock \(name): locks/\(name)/recipe.lock, locks/\(name)/apt, locks/\(name)/simple/")
    }
    return Content("text/plain; charset=utf-8", lines.map { $0 + "\n" }.joined())
  }
}

/// Each made once: it takes reading every package.
private actor AptViews {
  private var views: [Digest: Task<AptView, any Error>] = [:]

  func view(of lockfile: Lockfile, in store: Store, _ key: SigningKey) async throws -> AptView {
    let digest = lockfile.digest
    let task = views[digest] ?? Task { try await AptView(lockfile, in: store, key: key) }
    views[digest] = task
    do { return try await task.value } catch {
      // What is missing now may be fetched later.
      views[digest] = nil
      throw error
    }
  }
}
