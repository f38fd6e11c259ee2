import Essentials
import Lockfiles

/// What a lock came to, for scripts.
struct LockReport: Encodable {
  struct Move: Encodable {
    let part: String
    let name: String
    /// The version before; absent where there was none.
    let from: String?
    /// The version now; absent where there is none.
    let to: String?
    let origin: String?
  }

  let lockfile: Digest
  /// Whether the lockfile was written.
  let wrote: Bool
  let packages: Int
  let wheels: Int
  let moves: [Move]
  let bytesToFetch: Int64

  init(_ difference: LockfileDifference, _ lockfile: Lockfile, wrote: Bool) {
    self.lockfile = lockfile.digest
    self.wrote = wrote
    packages = lockfile.debian.packages.count
    wheels = lockfile.python?.packages.count ?? 0
    moves = difference.moves.map { move in
      let (from, to): (String?, String?) =
        switch move.change {
        case .added(let version): (nil, version)
        case .removed(let version): (version, nil)
        case .moved(let from, let to): (from, to)
        case .rebuilt(let version): (version, version)
        }
      return Move(part: "\(move.part)", name: move.name, from: from, to: to, origin: move.origin)
    }
    bytesToFetch = difference.bytesToFetch
  }
}
