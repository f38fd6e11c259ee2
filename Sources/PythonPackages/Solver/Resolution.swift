package import Essentials

/// What the solver is asked for.
package struct ResolutionRequest: Sendable {
  /// What is wanted, in the order in which it was asked for.
  package var requirements: [RequestedRequirement]
  /// What must hold of a project if it's needed at all.
  package var constraints: [RequestedRequirement]
  /// Pins of an earlier lock: each stays where it still fits.
  package var kept: [ProjectName: PythonVersion]
  /// The projects of which a version without a fitting wheel may be built from its source distribution; nil where nobody
  /// can allow that.
  package var built: Set<ProjectName>?
  package var environment: TargetEnvironment

  package init(
    requirements: [RequestedRequirement], constraints: [RequestedRequirement] = [],
    kept: [ProjectName: PythonVersion] = [:], built: Set<ProjectName>? = nil, environment: TargetEnvironment
  ) {
    self.requirements = requirements
    self.constraints = constraints
    self.kept = kept
    self.built = built
    self.environment = environment
  }
}

/// A requirement that a person wrote, with the digests it allows and where it stands.
package struct RequestedRequirement: Sendable, Hashable {
  package var requirement: Requirement
  /// The files allowed; all where there are none.
  package var hashes: Set<Digest>
  /// The file and line it was written in.
  package var origin: Origin?

  /// A line of a file.
  package struct Origin: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int?

    package init(file: String, line: Int? = nil) {
      self.file = file
      self.line = line
    }

    package var description: String { line.map { "\(file):\($0)" } ?? file }
    var location: Diagnostic.Location { Diagnostic.Location(file: file, line: line) }
  }

  package init(_ requirement: Requirement, hashes: Set<Digest> = [], origin: Origin? = nil) {
    self.requirement = requirement
    self.hashes = hashes
    self.origin = origin
  }
}

/// The wheels that were chosen.
package struct Resolution: Sendable {
  /// In the order of their names.
  package var wheels: [ResolvedWheel]
  /// What a person should know although there is a solution, each one line.
  package var warnings: [String]
}

/// One of the wheels that were chosen.
package struct ResolvedWheel: Sendable {
  package var name: ProjectName
  package var version: PythonVersion
  /// Name, URL, size and digest of the wheel, as far as the index gives them; or of the source distribution that it has to
  /// be built from.
  package var file: DistributionFile
  /// The extras that were asked for, sorted.
  package var extras: [ProjectName]
  /// Whether a requirement of the request names it.
  package var isRequested: Bool
  /// The other projects that ask for it, sorted.
  package var askedForBy: [ProjectName]
  /// What it asks for itself in this environment and with these extras, sorted.
  package var dependencies: [ProjectName]
  /// What it says of itself.
  package var metadata: CoreMetadata

  /// Who asked for it, in a word for a lockfile: `requested`, or the names of those that ask.
  package var because: String {
    isRequested ? "requested" : askedForBy.map(\.description).joined(separator: ", ")
  }
}
