/// Where and how a recipe's images are made live: what a `site.yaml` says.
///
/// Everything has a default, so that no file is needed to begin.
package struct SiteSettings: Sendable, Hashable {
  /// A user's own HAProxy; ours runs where there's none.
  package struct Balancer: Sendable, Hashable {
    /// The path of its runtime socket, which needs `level admin`.
    package var socket: String
    package var backend: String
    /// The file that it reads the backend's servers from, kept as they are; none is kept where nil.
    package var servers: String?

    package init(socket: String, backend: String, servers: String? = nil) {
      self.socket = socket
      self.backend = backend
      self.servers = servers
    }
  }

  package enum Database: Sendable, Hashable {
    /// A PostgreSQL that's started for the site.
    case ours
    /// A PostgreSQL of the user's.
    /// - Parameters:
    ///   - secret: names the secrets' value that holds the URL of a role which may make roles and databases.
    ///   - name: the live database's.
    case theirs(secret: String, name: String)
    /// Instances have their data to themselves.
    case none
  }

  package struct Witness: Sendable, Hashable {
    /// Requests a second; none are sent where 0.
    package var rate = 20
    package var paths = ["/"]
    package var headers: [String: String] = ["Host": "localhost", "X-Forwarded-Proto": "https"]
    package var post: Post?

    package struct Post: Sendable, Hashable {
      package var path: String
      package var type: String
      /// `{id}` in it is another text in each request.
      package var body: String

      package init(path: String, type: String = "application/x-www-form-urlencoded", body: String) {
        self.path = path
        self.type = type
        self.body = body
      }
    }
  }

  /// An address that leads to whichever host is live.
  package struct Address: Sendable, Hashable {
    /// IPv4, with the length of its network's prefix, as in `192.0.2.10/24`.
    package var ip: String
    package var interface: String

    package init(ip: String, interface: String) {
      self.ip = ip
      self.interface = interface
    }
  }

  /// The recipe's name unless given.
  package var name: String?
  /// Where our HAProxy listens, `ADDRESS:PORT`.
  package var listen = "127.0.0.1:8080"
  package var address: Address?
  package var balancer: Balancer?
  /// Our own where an image takes a `database_url`, and nothing is said.
  package var database: Database?
  /// The source of secrets, as `boot --secrets` takes it.
  package var secrets: String?
  package var count = 1
  /// In MiB.
  package var memory = 1024
  package var processors = 2
  /// How many requests an instance is given at a time.
  package var requests = 32
  package var strategy = "all-at-once"
  /// Seconds for which green is watched before blue goes.
  package var watch = 30
  /// The shares of a canary, in percent.
  package var shares = [5, 25, 50]
  /// In seconds.
  package var limits: [String: Int] = [:]
  package var witness = Witness()
  /// Commands by the point at which they run.
  package var hooks: [String: [String]] = [:]

  /// The limits that can be set.
  package static let limitNames = ["hold", "drain", "check", "order", "finish"]
  package static let hookPoints = ["start", "rehearsed", "ready", "paused", "switched", "end"]
  package static let strategies = ["all-at-once", "rolling", "canary"]

  package init() {}
}
