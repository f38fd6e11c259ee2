import DebianPackages
import Testing

/// What apt makes of some requests, and what archives it has for that.
struct AptCase: Sendable, CustomTestStringConvertible {
  let archives: String
  let requests: [String]
  /// `name version` of all that is installed; nil where it's refused.
  let expected: [String]?
  /// The solution that is found where apt refuses.
  let beyond: [String]?
  var recommends = false
  var pins = PackagePins()

  /// - Parameter expected: separated by commas; nil where it's refused.
  init(
    _ archives: String, _ requests: String, _ expected: String?, beyond: String? = nil,
    recommends: Bool = false, _ rules: PackagePins.Rule...
  ) {
    func lines(_ text: String?) -> [String]? {
      text?.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }
    self.archives = archives
    self.requests = requests.split(separator: " ").map(String.init)
    self.expected = lines(expected)
    self.beyond = lines(beyond)
    self.recommends = recommends
    pins = PackagePins(rules: rules)
  }

  var testDescription: String { "\(requests.joined(separator: " ")) of \(archives.split(separator: "\n"))" }
}

extension PackagePins.Rule {
  init(_ packages: String..., release parts: [Character: String], _ priority: Int) {
    self.init(packages: packages, target: .release(parts), priority: priority)
  }

  init(_ packages: String..., version: String, _ priority: Int) {
    self.init(packages: packages, target: .version(version), priority: priority)
  }
}
