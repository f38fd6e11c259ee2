import Essentials
import FoundationEssentials

/// An address that clients know, which whichever host is live has on one of its interfaces: a provider of swaps.
///
/// It's handed over by gratuitous ARP (RFC 5227, section 3): neighbours that knew another host under the address learn that it's here.
package struct VirtualAddress: Codable, Sendable, Hashable {
  /// With the length of its network's prefix, as in `192.0.2.10/24`.
  package var address: String
  package var interface: String

  /// - Parameter address: IPv4.
  package init(_ address: String, on interface: String) {
    self.address = address
    self.interface = interface
  }

  private var bare: String { String(address.prefix { $0 != "/" }) }

  private struct Listing: Decodable {
    struct Address: Decodable {
      var local: String?
    }
    var addr_info: [Address]?
  }

  /// Whether this host has it.
  package var isHere: Bool {
    get async throws {
      let output = try await run("ip", ["-json", "-4", "address", "show", "dev", interface])
      guard let listings = try? JSONDecoder().decode([Listing].self, from: Data(output)) else {
        throw Diagnostic(.failed, "'ip -json address' says something that can't be read")
      }
      return listings.contains { $0.addr_info?.contains { $0.local == bare } ?? false }
    }
  }

  /// Has this host answer to it, and tells the neighbours, even where it did before.
  package func take() async throws {
    if try await !isHere { _ = try await run("ip", ["address", "add", address, "dev", interface]) }
    // Some neighbours learn from requests, some from answers.
    for kind in ["-U", "-A"] { _ = try await run("arping", ["-q", kind, "-c", "1", "-I", interface, bare]) }
  }

  /// Has this host answer to it no longer.
  package func leave() async throws {
    if try await isHere { _ = try await run("ip", ["address", "delete", address, "dev", interface]) }
  }

  private func run(_ program: String, _ arguments: [String]) async throws -> [UInt8] {
    do {
      let result = try await Command(program, arguments).run()
      // Nobody answers an announcement, and arping may count that as a failure.
      guard result.status == 0 || program == "arping" && result.errorText.isEmpty else {
        throw Diagnostic(
          .failed, "cannot move the address \(address) on \(interface)",
          notes: Command.tail(result.errorText),
          hints: ["run this as root, and see that 'ip link' lists the interface"])
      }
      return result.output
    } catch let failure as Diagnostic where failure.message.contains("isn't installed") {
      throw failure.hint("apt-get install iproute2 iputils-arping")
    }
  }
}
