import ArgumentParser
import Cutover
import Essentials
import Recipes

extension SwapCommand {
  struct Address: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have the site's virtual address lead to this host, or give it up.",
      discussion: """
        Swaps do this by themselves: the first one takes the address that site.yaml names, and 'swap down' gives it up. By hand it's for the \
        day on which the other host can't do its part. As root.

          hardtack swap address           whether it leads here
          hardtack swap address take
          hardtack swap address leave
        """)

    enum Verb: String, ExpressibleByArgument, CaseIterable {
      case take, leave
    }

    @OptionGroup var options: Options

    @Argument(help: "take or leave; says where it leads unless given.")
    var verb: Verb?

    func run() async throws {
      guard let named = try options.settings.address else {
        throw Diagnostic(
          .usage, "the site has no virtual address",
          hints: ["name it in site.yaml: 'address: {ip: 192.0.2.10/24, interface: eth0}'"])
      }
      let address = VirtualAddress(named.ip, on: named.interface)
      switch verb {
      case .take: try await address.take()
      case .leave: try await address.leave()
      case nil:
        print("\(named.ip) \(try await address.isHere ? "leads to this host" : "doesn't lead to this host")")
      }
    }
  }
}
