package import Essentials

/// What a plan is made from.
package struct PlanRequest: Sendable {
  package var site: String
  package var number: Int
  package var scenario: Scenario
  package var strategy: Strategy
  package var blue: Deployment?
  package var release: String
  package var image: Digest
  package var count: Int
  /// The live database; nil where the instances have their data to themselves.
  package var database: String?
  /// Whether green's image has a unit that migrates.
  package var migrates: Bool
  /// Whether green's image has a unit that keeps it from work of its own.
  package var idles: Bool
  /// The same of blue's.
  package var blueIdles: Bool
  /// Whether blue's image has a unit that waits until no task is left.
  package var blueFinishes: Bool
  package var rehearses: Bool
  /// Whether somebody has to say so before blue goes, or before a rehearsal is taken down.
  package var confirms: Bool
  /// How long green is watched, in seconds.
  package var watch: Int
  /// The shares of requests that a canary gets one after the other, in percent.
  package var shares: [Int]
  package var witnesses: Bool
  /// Under which clients find the site, where it's an address that moves.
  package var address: VirtualAddress?
  /// Commands by the point at which they run.
  package var hooks: [HookPoint: [String]]

  package init(
    site: String, number: Int, scenario: Scenario, strategy: Strategy, blue: Deployment?, release: String,
    image: Digest, count: Int, database: String?
  ) {
    self.site = site
    self.number = number
    self.scenario = scenario
    self.strategy = strategy
    self.blue = blue
    self.release = release
    self.image = image
    self.count = count
    self.database = database
    migrates = database != nil
    idles = false
    blueIdles = false
    blueFinishes = false
    rehearses = database != nil
    confirms = false
    watch = 30
    shares = [5, 25, 50]
    witnesses = true
    hooks = [:]
  }
}

/// When a command of the user's runs.
package enum HookPoint: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
  /// Before anything is changed.
  case start
  /// When the rehearsal on a copy of live data has passed its checks.
  case rehearsed
  /// When green is ready, before requests are held.
  case ready
  /// In the write pause, when green has passed its checks; requests are held meanwhile.
  case paused
  /// When green takes requests.
  case switched
  /// When blue is gone.
  case end
}
