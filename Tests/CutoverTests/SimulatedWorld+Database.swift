import Cutover
import Essentials
import Storage

extension SimulatedWorld: Database {
  var live: String { "live" }
  var endpoint: (host: String, port: UInt16) { get async throws { ("127.0.0.1", 5432) } }

  func grant(
    _ access: DatabaseAccess, to release: String, on database: String, patience: Duration
  ) async throws {
    try effect { state throws(Diagnostic) in
      guard state.databases[database] != nil else { throw Diagnostic(.failed, "there is no \(database)") }
      state.access[release, default: [:]][database] = access
    }
  }

  func access(of release: String, on database: String) async throws -> DatabaseAccess {
    state.access[release]?[database] ?? .none
  }

  func limit(_ release: String, on database: String, lock: Duration?, statement: Duration?) async throws {
    try effect { _ in }
  }

  func evict(_ release: String) async throws { try effect { $0.access[release] = nil } }

  func url(of release: String, on database: String, host: String) async throws -> Secret {
    Secret("postgresql://\(release)@\(host)/\(database)")
  }

  func exists(_ database: String) async throws -> Bool { state.databases[database] != nil }

  func clone(_ database: String, to copy: String) async throws {
    try effect { $0.databases[copy] = $0.databases[database] }
  }

  func duplicate(_ database: String, to copy: String) async throws {
    try effect { $0.databases[copy] = $0.databases[database] }
  }

  func replace(_ database: String, with copy: String) async throws {
    try effect { state in
      guard let content = state.databases.removeValue(forKey: copy) else { return }
      state.databases[database] = content
    }
  }

  func drop(_ database: String) async throws { try effect { $0.databases[database] = nil } }

  func checksum(of database: String) async throws -> Digest {
    Digest(of: "\(String(describing: state.databases[database]?.schema))")
  }

  func archive(_ database: String, into store: Store) async throws -> Digest {
    try effect { state throws(Diagnostic) in
      guard let content = state.databases[database] else { throw Diagnostic(.failed, "nothing to archive") }
      state.archives.append(content)
    }
    return Digest(of: "an archive")
  }

  func restore(_ archive: Digest, from store: Store, to database: String) async throws {}
}

extension SimulatedWorld: TrafficWitness {
  func start() async throws { try effect { $0.isWitnessed = true } }
  func stop() async throws { try effect { $0.isWitnessed = false } }
  func view(from begin: Int64, to end: Int64) async throws -> TrafficView? { nil }
}

extension SimulatedWorld: HookRunner {
  func run(_ command: String, _ context: HookContext) async throws { try effect { _ in } }
}
