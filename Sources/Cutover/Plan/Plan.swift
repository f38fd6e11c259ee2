/// A swap before anything of it is done: who takes whose place, and each step on the way.
package struct Plan: Codable, Sendable, Hashable {
  /// Where it's live, as in ``Site``.
  package var site: String
  /// Counts the site's swaps from 1.
  package var number: Int
  package var scenario: Scenario
  package var strategy: Strategy
  /// What is live before; nil where nothing is.
  package var blue: Deployment?
  package var green: Deployment
  package var steps: [Step]

  /// Ends the names of pools that rehearse.
  package static let testSuffix = "-test"

  package init(
    site: String, number: Int, scenario: Scenario, strategy: Strategy, blue: Deployment?, green: Deployment,
    steps: [Step]
  ) {
    self.site = site
    self.number = number
    self.scenario = scenario
    self.strategy = strategy
    self.blue = blue
    self.green = green
    self.steps = steps
  }

  /// The first step that can't be undone, which is where the way back ends; nil where every step can be.
  package var pointOfNoReturn: Int? { steps.firstIndex { $0.isFinal } }
}
