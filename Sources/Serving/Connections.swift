import NIOCore
import Synchronization

/// The connections that are open, and what each is at.
final class Connections: Sendable {
  private struct State {
    var isStopping = false
    /// By their channels' identity; the number says since which event a connection has been idle, nil while it's busy.
    var open: [ObjectIdentifier: (channel: any Channel, idleSince: Int?)] = [:]
    var events = 0
  }

  private let state = Mutex(State())

  var isStopping: Bool { state.withLock { $0.isStopping } }

  func add(_ channel: any Channel) {
    let isStopping = state.withLock { state in
      state.events += 1
      state.open[ObjectIdentifier(channel)] = (channel, state.events)
      return state.isStopping
    }
    if isStopping { channel.close(promise: nil) }
  }

  func remove(_ channel: any Channel) {
    _ = state.withLock { $0.open.removeValue(forKey: ObjectIdentifier(channel)) }
  }

  /// Says whether a connection is answering a request.
  func set(_ channel: any Channel, busy: Bool) {
    state.withLock { state in
      state.events += 1
      state.open[ObjectIdentifier(channel)]?.idleSince = busy ? nil : state.events
    }
  }

  /// Ends the connection that has been idle for longest, to make room.
  func endIdlest() {
    let idlest = state.withLock { state in
      state.open.values.filter { $0.idleSince != nil }.min { ($0.idleSince ?? 0) < ($1.idleSince ?? 0) }?
        .channel
    }
    idlest?.close(promise: nil)
  }

  /// Ends idle connections at once and has busy ones end with the answer that they're at.
  func stop() {
    let idle = state.withLock { state in
      state.isStopping = true
      return state.open.values.filter { $0.idleSince != nil }.map(\.channel)
    }
    for channel in idle { channel.close(promise: nil) }
  }

  func endAll() {
    for channel in state.withLock({ $0.open.values.map(\.channel) }) { channel.close(promise: nil) }
  }
}
