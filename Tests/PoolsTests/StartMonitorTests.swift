import Images
import Testing

@testable import Pools

@Suite struct StartMonitorTests {
  private func monitor(_ lines: String...) -> StartMonitor {
    var monitor = StartMonitor()
    for line in lines { if let event = GuestEvent(line: Array(line.utf8)) { monitor.receive(event) } }
    return monitor
  }

  @Test func `is pending until the guest has settled`() {
    let monitor = monitor(
      #"{"event":"mounted","message":"root tree mounted"}"#,
      #"{"event":"state","state":"starting","uptime":3.5}"#)
    #expect(monitor.verdict == .pending)
    #expect(monitor.isMounted)
  }

  @Test func `has started when systemd says that it runs`() {
    let monitor = monitor(
      #"{"event":"unit","Id":"b.service","ActiveState":"active","Result":"success","ExecMainStatus":"0","InactiveExitTimestampMonotonic":"200","ActiveEnterTimestampMonotonic":"350"}"#,
      #"{"event":"unit","Id":"a.service","ActiveState":"active","Result":"success","InactiveExitTimestampMonotonic":"100","ActiveEnterTimestampMonotonic":"100"}"#,
      #"{"event":"settled","state":"running","uptime":12.5}"#)
    #expect(monitor.verdict == .started)
    #expect(monitor.units.map(\.name) == ["a.service", "b.service"])
    #expect(monitor.units.map(\.startTime) == [.zero, .microseconds(150)])
  }

  @Test func `fails with the names of units that failed, and shows their journals`() {
    let monitor = monitor(
      #"{"event":"unit","Id":"app.service","ActiveState":"failed","Result":"exit-code","ExecMainStatus":"3"}"#,
      #"{"event":"journal","unit":"app.service","line":"it \"broke\""}"#,
      #"{"event":"settled","state":"degraded","uptime":9}"#)
    #expect(monitor.verdict == .failed("the unit app.service failed"))
    #expect(monitor.notes == ["app.service failed: exit-code, exit code 3", "  | it \"broke\""])
  }

  @Test func `fails with what the initrd says`() {
    let monitor = monitor(#"{"event":"failed","message":"error: there is no disk 'layer1'"}"#)
    #expect(monitor.verdict == .failed("error: there is no disk 'layer1'"))
  }

  @Test(arguments: [
    "", "{}", "null", "[]", "{\"event\":1}", "{\"event\":\"unit\"}", "{\"event\":\"other\"}", "\u{FFFD}\u{0}",
    "{\"event\":\"settled\",\"uptime\":\"x\"}",
  ])
  func `passes over lines that are no events`(line: String) {
    #expect(GuestEvent(line: Array(line.utf8)) == nil)
  }

  @Test func `keeps no more than it can use of a guest that never ends`() {
    var monitor = StartMonitor()
    for index in 0..<10_000 {
      monitor.receive(.journal(unit: "u\(index)", line: "x"))
      monitor.receive(.unit(GuestUnit(name: "u\(index)", state: "active", result: "success")))
    }
    monitor.receive(.state(settled: true, state: "running", uptime: 1))
    #expect(monitor.units.count <= 4096)
    #expect(monitor.journals.count <= 100)
  }
}
