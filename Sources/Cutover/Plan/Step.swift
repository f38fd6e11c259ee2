import Essentials

/// One thing that a swap does: what shall be so when it's done, so that doing it twice is doing it once.
///
/// Pools, databases and servers go by name; what they are at that moment is looked up when the step is done.
package enum Step: Codable, Sendable, Hashable {
  /// Balancer and database run, are ours, and blue is well.
  case prepare
  /// Traffic of our own goes through the balancer and what it sees is written down.
  case witness
  case copyLive(to: String)
  /// It's known whether the live database still holds what was copied.
  case compareLive
  /// The pool's role in the database may do this; it could do `former` before.
  case grant(DatabaseAccess, pool: String, former: DatabaseAccess, database: String)
  /// That many instances of the pool run and have started.
  case boot(Deployment, count: Int, former: Int, isTest: Bool, database: String?, standby: Bool)
  /// The database has the schema that the pool's image wants. Its undoing puts `kept` in the database's place.
  case migrate(pool: String, database: String, kept: String?)
  /// Every instance of the pool passes its sanity checks.
  case check(pool: String)
  /// A command of the user's ended well.
  case hook(point: String, command: String)
  /// The pool does no work of its own: no schedule, no tasks.
  case idle(pool: String)
  /// The pool does its own work.
  case work(pool: String)
  /// Requests wait.
  case hold
  /// Requests go on.
  case release
  /// There is a second copy of what the live database held when nobody wrote.
  case keep(copy: String)
  /// The pool's instances take requests.
  case enter(pool: String)
  /// The pool's instances take no requests, and have answered those that they had.
  case leave(pool: String)
  /// The balancer gives that share of the requests, in percent, to `pool`, the others to `other`.
  case share(Int, pool: String, other: String)
  /// For so many seconds, what the witness sees is well.
  case watch(seconds: Int)
  /// Somebody has said that the swap shall go on.
  case confirm
  /// What the copy holds, or the live database, is in the store, and was restored from there.
  case archive(copy: String)
  /// So many instances of the pool are left, and the others have left the balancer.
  case shrink(Deployment, count: Int, former: Int)
  /// No task that the pool has taken on is left.
  case finish(pool: String)
  case stop(pool: String)
  case evict(pool: String)
  case drop(database: String)
  /// Traffic of our own has ended.
  case endWitness
  /// Clients find this host under the address; `former` tells whether they did before.
  case takeAddress(VirtualAddress, former: Bool)
  /// They don't find it there any more.
  case leaveAddress(VirtualAddress)
}

extension Step {
  /// Whether it can't be undone: from the first such step on, a swap only goes forward.
  package var isFinal: Bool {
    switch self {
    case .finish: true
    case .stop(let pool), .evict(let pool): !pool.hasSuffix(Plan.testSuffix)
    default: false
    }
  }

  /// What it does, as a list of steps shows it.
  package var title: String {
    switch self {
    case .prepare: "make sure that balancer, database and blue are well"
    case .witness: "send traffic through the balancer and write down what it sees"
    case .copyLive(let copy): "copy the live database to \(copy) while it's in use"
    case .compareLive: "see whether the live database holds what it held when it was copied"
    case .grant(let access, let pool, _, let database): "let \(pool) \(access.verb) in \(database)"
    case .boot(let deployment, let count, let former, let isTest, _, _):
      "start \(count - former) \(count - former == 1 ? "instance" : "instances") of \(deployment.release) as \(deployment.pool)"
        + (isTest ? ", in the role test" : "")
    case .migrate(let pool, let database, _): "migrate \(database), from one instance of \(pool)"
    case .check(let pool): "ask every instance of \(pool) what it must answer"
    case .hook(let point, let command): "run the hook of \(point): \(command)"
    case .idle(let pool): "let \(pool) finish its tasks and begin no more"
    case .work(let pool): "let \(pool) do its own work"
    case .hold: "hold requests, and wait for those under way"
    case .release: "let the held requests go on"
    case .keep(let copy): "keep a copy of the live database as \(copy)"
    case .enter(let pool): "give requests to \(pool)"
    case .leave(let pool): "give no requests to \(pool), and wait for those under way"
    case .share(let percent, let pool, _): "give \(percent) % of the requests to \(pool)"
    case .watch(let seconds): "watch errors and latency for \(seconds) s"
    case .confirm: "wait for 'hardtack swap resume' or 'hardtack swap abort'"
    case .archive(let copy): "archive \(copy) in the store, and restore it to see that it's whole"
    case .shrink(let deployment, let count, let former):
      "drain and stop \(former - count) of \(former) instances of \(deployment.pool)"
    case .finish(let pool): "let \(pool) finish the tasks in its queue"
    case .stop(let pool): "stop \(pool)"
    case .evict(let pool): "take \(pool)'s role in the database away"
    case .drop(let database): "drop the database \(database)"
    case .endWitness: "end that traffic"
    case .takeAddress(let address, _): "have \(address.address) lead to this host, by \(address.interface)"
    case .leaveAddress(let address): "give \(address.address) up"
    }
  }

  /// How it's undone, as a list of steps shows it; nil where there is nothing to undo.
  package var undoing: String? {
    switch self {
    case .prepare, .compareLive, .check, .hook, .watch, .confirm, .archive, .finish: nil
    case .witness: "end the traffic"
    case .copyLive(let copy), .keep(let copy): "drop \(copy)"
    case .grant(_, let pool, let former, let database): "let \(pool) \(former.verb) in \(database)"
    case .boot(let deployment, _, let former, _, _, _):
      former == 0 ? "stop \(deployment.pool)" : "stop it again"
    case .migrate(_, let database, let kept):
      kept.map { "put \($0) in the place of \(database), unless green has served requests" }
    case .idle(let pool): "let \(pool) do its own work"
    case .work(let pool): "let \(pool) begin no more tasks"
    case .hold: "let requests go on"
    case .release: "hold requests"
    case .enter(let pool): "give no requests to \(pool)"
    case .leave(let pool): "give requests to \(pool)"
    case .share(_, _, let other): "give all requests to \(other)"
    case .shrink(let deployment, let count, let former):
      "start \(former - count) of \(deployment.pool) again"
    case .stop, .evict, .drop, .endWitness: nil
    case .takeAddress(let address, let former): former ? nil : "give \(address.address) up"
    case .leaveAddress(let address): "take \(address.address) back"
    }
  }
}

extension DatabaseAccess {
  var verb: String {
    switch self {
    case .none: "do nothing"
    case .read: "read"
    case .write: "write"
    }
  }
}
