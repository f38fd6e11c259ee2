import Essentials

/// The wheel tags that a target takes, in order of preference.
///
/// Source: the PyPA specification "Platform compatibility tags" (PEP 425, PEP 600, PEP 656), in the order of
/// `packaging.tags.sys_tags` for CPython on Linux with the GNU C library.
package struct CompatibleTags: Sendable {
  private let ranks: [String: Int]
  /// Every tag, the most preferred first.
  package let ordered: [String]

  package init(for environment: TargetEnvironment) {
    let major = environment.python.major
    let minor = Int(clamping: min(environment.python.minor, 200))
    let interpreter = "cp\(major)\(minor)"
    let platforms = Self.platforms(of: environment)
    let older = minor > 0 ? Array((0..<minor).reversed()) : []
    var tags: [String] = []
    for platform in platforms { tags.append("\(interpreter)-\(interpreter)-\(platform)") }
    for platform in platforms { tags.append("\(interpreter)-abi3-\(platform)") }
    for platform in platforms { tags.append("\(interpreter)-none-\(platform)") }
    // The stable ABI came with Python 3.2 (PEP 384).
    for version in older where version >= 2 {
      for platform in platforms { tags.append("cp\(major)\(version)-abi3-\(platform)") }
    }
    let pythons = ["py\(major)\(minor)", "py\(major)"] + older.map { "py\(major)\($0)" }
    for python in pythons {
      for platform in platforms { tags.append("\(python)-none-\(platform)") }
    }
    tags.append("\(interpreter)-none-any")
    for python in pythons { tags.append("\(python)-none-any") }
    ordered = tags
    ranks = Dictionary(tags.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
  }

  /// How much a wheel is preferred by its tags, 0 being most; nil where it doesn't fit.
  package func rank(of wheel: WheelFilename) -> Int? {
    var best: Int?
    for python in wheel.pythons {
      for abi in wheel.abis {
        for platform in wheel.platforms {
          guard let rank = ranks["\(python)-\(abi)-\(platform)"] else { continue }
          best = min(best ?? rank, rank)
        }
      }
    }
    return best
  }

  /// manylinux from the target's C library down to the oldest that the standards know, then plain Linux.
  private static func platforms(of environment: TargetEnvironment) -> [String] {
    let machine = environment.architecture.machine
    let oldest = environment.architecture == .amd64 ? 5 : 17
    let older = [5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"]
    var platforms: [String] = []
    if environment.glibc.major == 2, environment.glibc.minor >= oldest {
      for minor in (oldest...min(environment.glibc.minor, 200)).reversed() {
        platforms.append("manylinux_2_\(minor)_\(machine)")
        if let name = older[minor] { platforms.append("\(name)_\(machine)") }
      }
    }
    return platforms + ["linux_\(machine)"]
  }
}
