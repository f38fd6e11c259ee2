import Essentials
import Images
import Pools

extension SiteEffects {
  package func undo(_ step: Step, of swap: SwapMachine) async throws -> [String: String] {
    switch step {
    case .prepare, .compareLive, .check, .hook, .watch, .confirm, .finish, .stop, .evict, .drop, .endWitness:
      break
    case .takeAddress(let address, let former): if !former { try await address.leave() }
    case .leaveAddress(let address): try await address.take()
    case .witness: return try await endTraffic()
    case .archive:
      let database = try required()
      try await database.drop(Self.archived(database, swap.plan))
    case .copyLive(let copy): try await required().drop(copy)
    case .grant(_, let pool, .none, _): try await required().evict(pool)
    case .grant(_, let pool, let former, let name):
      try await required().grant(former, to: pool, on: name, patience: limits.drain)
    case .boot(let deployment, _, let former, _, _, _):
      if former == 0 {
        try await forget(deployment.pool)
        // What people asked of it may still be in its queue.
        let keeps = swap.hasServed && deployment.pool == swap.plan.green.pool
        try await machines.stop(deployment.pool, keepingState: keeps)
        if keeps { return ["state": "kept in the pool \(deployment.pool)"] }
      } else {
        try await shrink(deployment.pool, to: former)
      }
    case .migrate(_, let name, let kept):
      guard let kept, Self.migrates(swap) else { break }
      // What green wrote for people who were told so must not go.
      if swap.hasServed { return ["schema": "stays"] }
      try await required().replace(name, with: kept)
    case .idle(let pool): try await order(.work, pool)
    case .work(let pool): try await order(.idle, pool)
    case .hold: try await balancer.release()
    case .release:
      return try await insist(swap.plan.green.pool) {
        try await balancer.hold(limit: limits.hold, patience: limits.drain)
      }
    case .keep(let copy): try await required().drop(copy)
    case .enter(let pool): return try await insist(pool) { try await leave(pool) }
    case .leave(let pool): try await enter(pool)
    case .share(_, let pool, let other):
      try await enter(other)
      return try await insist(pool) { try await leave(pool) }
    case .shrink(let deployment, _, let former):
      try await boot(deployment, former, role: .live, database?.live, standby: false)
      try await machines.check(deployment.pool)
      try await enter(deployment.pool)
    }
    return [:]
  }
}
