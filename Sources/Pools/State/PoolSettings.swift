/// What the machines of a pool are made of beside their image, kept so that more of the kind can be started.
package struct PoolSettings: Codable, Sendable, Hashable {
  /// Each instance's, in MiB.
  package var memory: Int
  package var processors: Int
  /// How large each state disk may grow, in bytes.
  package var stateSize: Int64
  /// Leads to port 80 of the first instance; free ports where nil.
  package var port: UInt16?
  /// Ports of the guest that are forwarded beside 80 and those of the sanity checks.
  package var guestPorts: [UInt16]
  package var reach: [Reach]
}
