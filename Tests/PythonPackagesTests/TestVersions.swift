import PythonPackages

enum TestVersions {
  /// Bookworm's Python.
  static let python: PythonVersion = "3.11.2"
}

// Literals in tests are versions and names by inspection.
extension PythonVersion: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) {
    guard let version = PythonVersion(text) else { preconditionFailure("'\(text)' is no version") }
    self = version
  }
}

extension ProjectName: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) {
    guard let name = ProjectName(text) else { preconditionFailure("'\(text)' is no name") }
    self = name
  }
}
