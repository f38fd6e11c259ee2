import Cutover
import Essentials
import Pools
import Recipes
import TestSupport
import Testing

@Suite struct SiteTests {
  private static func deployment(_ number: Int) -> Deployment {
    Deployment(
      release: "v\(number)", image: Digest(of: "image \(number)"), pool: "shop-\(number)", count: 1)
  }

  private static func write(
    _ site: Site, _ number: Int, _ scenario: Scenario, from blue: Int?, to green: Int,
    _ ending: SwapEvent.Ending?
  ) async throws {
    let plan = Plan(
      site: "shop", number: number, scenario: scenario, strategy: .allAtOnce, blue: blue.map(deployment),
      green: deployment(green), steps: [])
    let journal = try Journal.create(site.journal(number))
    try await journal.append(JournalRecord(time: 0, epoch: number, event: .planned(plan)))
    if let ending { try await journal.append(JournalRecord(time: 1, epoch: number, event: .ended(ending))) }
  }

  @Test func `knows from its journals what is live, and was`() async throws {
    let folder = try TemporaryFolder()
    let site = try Site("shop", in: PoolStore(folder: folder.path))
    #expect(try site.live() == nil && site.numbers() == [])
    try site.prepare()
    try await Self.write(site, 1, .liveToLive, from: nil, to: 1, .completed)
    try await Self.write(site, 2, .liveToLive, from: 1, to: 2, .completed)
    try await Self.write(site, 3, .liveToTest, from: 2, to: 3, .completed)
    try await Self.write(site, 4, .liveToLive, from: 2, to: 4, .rolledBack)
    #expect(try site.live() == Self.deployment(2))
    #expect(try site.previous() == Self.deployment(1))
    #expect(try site.unfinished() == nil)
    try await Self.write(site, 10, .liveToLive, from: 2, to: 10, nil)
    #expect(try site.numbers() == [1, 2, 3, 4, 10])
    #expect(try site.unfinished()?.plan.number == 10)
    #expect(try site.live() == Self.deployment(2))
    try await Self.write(site, 11, .takeDown, from: 2, to: 2, .completed)
    #expect(try site.live() == nil)
    #expect(try site.previous() == Self.deployment(2))
    #expect(try Site.names(in: PoolStore(folder: folder.path)) == ["shop"])
    // Killed before its plan was written down.
    _ = try Journal.create(site.journal(12))
    #expect(try site.unfinished() == nil)
  }

  @Test func `offers the same words in its settings as in plans`() {
    #expect(SiteSettings.strategies == Strategy.allCases.map(\.rawValue))
    #expect(SiteSettings.hookPoints == HookPoint.allCases.map(\.rawValue))
  }
}
