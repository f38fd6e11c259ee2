import Cutover
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Two hosts and a client, network namespaces on one bridge, and an address that moves from one host to the other.
@Suite struct VirtualAddressTests {
  /// Runs `script` with `$1` naming a namespace of the test's own; `in HOST command…` runs a command in a host.
  private static func inNetwork(_ script: String, _ program: String) async throws -> String {
    let folder = try TemporaryFolder()
    let result = try await Command(
      "unshare",
      [
        "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-euc",
        """
        mount -t tmpfs tmpfs /run
        mkdir -p /run/netns
        ip link set lo up
        ip link add bridge type bridge
        ip link set bridge up
        number=1
        for host in client left right; do
          ip netns add $host
          ip link add $host type veth peer name eth0 netns $host
          ip link set $host master bridge up
          ip -n $host link set lo up
          ip -n $host link set eth0 up
          ip -n $host address add 198.51.100.$number/24 dev eth0
          number=$((number + 1))
        done
        at() { host=$1; shift; ip netns exec $host "$@"; }
        \(script)
        """, "sh", folder.path.string, program,
      ]
    ).run()
    guard result.status == 0 else {
      throw Diagnostic(.failed, "status \(result.status)", notes: [result.outputText, result.errorText])
    }
    return result.outputText
  }

  @Test func `moves from one host to the other, and neighbours learn at once`() async throws {
    let script = BuiltProgram.package.appending("Tests/CutoverTests/named_server.py")
    let seen = try await Self.inNetwork(
      """
      cd "$1"
      echo 'address: {ip: 198.51.100.10/24, interface: eth0}' >site.yaml
      for host in left right; do at $host python3 '\(script)' $host & done
      ask() { at client curl -s --max-time 2 --retry 20 --retry-connrefused --retry-delay 1 http://198.51.100.10/; }
      move() { at "$1" "$program" swap address ${2:-}; }
      program=$2
      move left take
      move left
      ask
      # The client knows the first host's hardware address now, and would keep it for a while.
      move right take
      at left ip address delete 198.51.100.10/24 dev eth0
      ask
      for time in once again; do move right leave; done
      move right
      at client curl -s --max-time 1 http://198.51.100.10/ || echo nobody
      """, BuiltProgram.path("hardtack").string)
    #expect(
      seen == """
        198.51.100.10/24 leads to this host
        left
        right
        198.51.100.10/24 doesn't lead to this host
        nobody

        """)
  }
}
