/// What steps do to the world.
///
/// Both may be called again for a step that was begun and whose result isn't known: they say what shall be.
package protocol SwapEffects: Sendable {
  /// Makes it so, where it isn't yet.
  /// - Returns: what there is to know of it.
  func apply(_ step: Step, of swap: SwapMachine) async throws -> [String: String]

  /// Makes it as it was, as far as it was changed.
  func undo(_ step: Step, of swap: SwapMachine) async throws -> [String: String]
}

/// A moment at which a swap can be killed, for rehearsals of that.
package struct KillPoint: Hashable, Sendable {
  package enum Moment: String, Sendable, CaseIterable {
    case beforeIntent = "before-intent"
    case afterIntent = "after-intent"
    case afterEffect = "after-effect"
    case afterResult = "after-result"
  }

  package var step: Int
  package var direction: SwapEvent.Direction
  package var moment: Moment

  package init(step: Int, direction: SwapEvent.Direction, moment: Moment) {
    self.step = step
    self.direction = direction
    self.moment = moment
  }
}
