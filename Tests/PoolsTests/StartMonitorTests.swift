import Images
import TestSupport
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
    let monitor = monitor(#"{"event":"failed","message":"there is no disk 'layer1'"}"#)
    #expect(monitor.verdict == .failed("there is no disk 'layer1'"))
  }

  @Test(arguments: [
    "", "{}", "null", "[]", "{\"event\":1}", "{\"event\":\"unit\"}", "{\"event\":\"other\"}", "\u{FFFD}\u{0}",
    "{\"event\":\"settled\",\"uptime\":\"x\"}",
  ])
  func `passes over lines that are no events`(line: String) {
    #expect(GuestEvent(line: Array(line.utf8)) == nil)
  }

  @Test func `takes whatever a guest writes, and shows none of it that steers a terminal`() throws {
    let lines = [
      #"{"event":"unit","Id":"a.service","ActiveState":"failed","ExecMainStatus":"3","ActiveEnterTimestampMonotonic":"9223372036854775807"}"#,
      #"{"event":"journal","unit":"a.service","line":"it broke"}"#, #"{"event":"failed","message":"gone"}"#,
      #"{"event":"settled","state":"degraded","uptime":9}"#,
    ].map { Array($0.utf8) }
    let pieces = [
      [0x1B, 0x5B, 0x32, 0x4A], Array("\\u001b[2J\\u009b31m".utf8), Array("\\ud800".utf8),
      Array("\"".utf8), [0xFF, 0], Array("-99999999999999999999".utf8),
      [UInt8](repeating: 0x5B, count: 30000),
      [UInt8](repeating: 0x61, count: 60000),
    ]
    var random = SplitMix(7)
    for _ in 0..<3000 {
      var monitor = StartMonitor()
      for var line in lines {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          let start = Int.random(in: 0...line.count, using: &random)
          let end = min(line.count, start + Int.random(in: 0...4, using: &random))
          line.replaceSubrange(start..<end, with: pieces.randomElement(using: &random) ?? [])
        }
        if let event = GuestEvent(line: line) { monitor.receive(event) }
      }
      var shown = monitor.notes + monitor.units.map(\.name)
      if case .failed(let reason) = monitor.verdict { shown.append(reason) }
      for text in shown {
        #expect(text.unicodeScalars.count < 50_000)
        #expect(
          text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
          })
      }
    }
  }

  @Test func `keeps no more than it can use of a guest that never ends`() {
    var monitor = StartMonitor()
    let long = String(repeating: "é", count: 20_000)
    for line in [
      #"{"event":"unit","Id":"\#(long)","ActiveState":"\#(long)"}"#,
      #"{"event":"journal","unit":"u","line":"\#(long)"}"#,
    ] {
      for _ in 0..<100 { if let event = GuestEvent(line: Array(line.utf8)) { monitor.receive(event) } }
    }
    for index in 0..<10_000 {
      monitor.receive(.journal(unit: "u\(index)", line: "x"))
      monitor.receive(.unit(GuestUnit(name: "u\(index)", state: "active", result: "success")))
    }
    monitor.receive(.state(settled: true, state: "running", uptime: 1))
    #expect(monitor.units.count == 512)
    #expect(monitor.units.allSatisfy { $0.name.utf8.count < 1000 && $0.state.utf8.count < 1000 })
    #expect(monitor.journals.count == 40)
    #expect(monitor.journals.values.joined().allSatisfy { $0.utf8.count <= 4000 })
    #expect(monitor.notes.count < 100)
  }
}
