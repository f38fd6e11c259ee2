import Essentials
import FoundationEssentials
import Images
import Testing

@Suite struct MachineTests {
  private static let machine: Machine = {
    let blob = Descriptor(mediaType: "x", digest: Digest(of: ""), size: 0)
    return Machine(
      recipe: "logic", lockfile: Digest(of: ""), index: blob, kernel: blob, initrd: blob,
      commandLine: "quiet",
      services: ["a.service"], secrets: [], state: [], sanity: [SanityCheck(get: "/")])
  }()

  /// As images have it that were baked before there was `swap`.
  @Test func `is read where it names no units of a swap, and written as before`() throws {
    let text = String(decoding: try JSONEncoder().encode(Self.machine), as: UTF8.self)
    #expect(!text.contains("swap"))
    #expect(try JSONDecoder().decode(Machine.self, from: Data(text.utf8)) == Self.machine)
  }

  @Test(arguments: [SwapUnits(), SwapUnits(migrate: "m.service"), SwapUnits(standby: "s.target")])
  func `keeps the units of a swap`(units: SwapUnits) throws {
    var machine = Self.machine
    machine.swap = units
    #expect(try JSONDecoder().decode(Machine.self, from: try JSONEncoder().encode(machine)) == machine)
  }
}
