import SystemPackage
import TestSupport
import Testing

@testable import Baking

@Suite struct UnitProgramGateTests {
  @Test func `finds programs of units that aren't there, on later lines too`() throws {
    let gate = UnitProgramGate(units: ["app-web.service"])
    let place = try GateTree { root in
      try GateTree.write("", to: root.appending("usr/sbin/there"), mode: 0o755)
      try GateTree.write("", to: root.appending("usr/bin/closed"))
      try GateTree.link(root.appending("usr/bin/link"), to: "../sbin/there")
      try GateTree.write(
        """
        [Service]
        ExecStart=+/usr/sbin/there one
        ExecStart="/usr/bin/link" two
        ExecStart=there three
        ExecStart=/usr/bin/there four
        ExecStartPost=-/usr/bin/absent
        ExecStartPost=/usr/lib/%i/absent
        ExecStop=@/usr/bin/closed name
        ExecStop=

        """, to: root.appending("etc/systemd/system/app-web.service"))
    }
    let file = "/etc/systemd/system/app-web.service"
    #expect(
      gate.findings(in: place.tree) == [
        "app-web.service starts /usr/bin/there by ExecStart, which isn't there (\(file))",
        "app-web.service starts /usr/bin/closed by ExecStop, which isn't there (\(file))",
      ])
  }
}
