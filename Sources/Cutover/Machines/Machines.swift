package import Essentials
package import Pools

/// What runs images: a provider of swaps.
///
/// Every call may be repeated: it says what shall be, not what to change.
package protocol Machines: Sendable {
  /// Where instances find the database, `HOST:PORT`.
  var databaseAddress: String { get }

  /// Has `count` instances of the deployment's pool run, and waits until they have started. What is left of a start that was
  /// cut off is ended first.
  func boot(_ request: MachineRequest) async throws

  /// The pool's instances that run, by name.
  func instances(of pool: String) async throws -> [MachineInstance]

  /// Waits until every instance passes its sanity checks.
  /// - Throws: `checkFailed` where one doesn't in the time that its check gives it, or the pool has no instance.
  func check(_ pool: String) async throws

  /// Has the instance do one of the things that its image has a unit for. It's nothing where the image has none.
  func order(_ duty: MachineDuty, _ instance: MachineInstance, of pool: String, patience: Duration)
    async throws

  /// Ends the instance. It's no error where it has ended.
  func stop(_ instance: MachineInstance, of pool: String) async throws

  /// Ends the pool. It's no error where there is none.
  /// - Parameter keepingState: whether the disks of its state stay, which may hold messages that nobody has worked off.
  func stop(_ pool: String, keepingState: Bool) async throws
}

package struct MachineRequest: Sendable {
  package var deployment: Deployment
  /// How many instances shall run.
  package var count: Int
  package var role: Role
  /// Nil where instances have their data to themselves.
  package var database: MachineDatabase?
  /// Whether instances begin without work of their own.
  package var standby: Bool

  package init(
    deployment: Deployment, count: Int, role: Role, database: MachineDatabase? = nil, standby: Bool
  ) {
    self.deployment = deployment
    self.count = count
    self.role = role
    self.database = database
    self.standby = standby
  }
}

/// A database, for an instance.
package struct MachineDatabase: Sendable {
  /// What the application connects with: role, password, and the address that instances see.
  package var url: Secret
  /// Where that leads to, as this host sees it.
  package var host: String
  package var port: UInt16

  package init(url: Secret, host: String, port: UInt16) {
    self.url = url
    self.host = host
    self.port = port
  }
}

package struct MachineInstance: Codable, Sendable, Hashable {
  package var name: String
  /// Of 127.0.0.1; leads to the instance's web server.
  package var port: UInt16

  package init(name: String, port: UInt16) {
    self.name = name
    self.port = port
  }
}

/// What an image's recipe may name a unit for under `swap`.
package enum MachineDuty: String, Sendable, CaseIterable {
  /// Gives the database the schema that the image wants.
  case migrate
  /// Finishes the tasks under way and begins no more.
  case idle
  /// Does work of its own again.
  case work
  /// Waits until no task that it has taken on is left.
  case finish
}
