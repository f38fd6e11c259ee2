/// One thing that must hold in the end, with who wants it.
struct Goal {
  enum Source {
    /// The number of the request.
    case request(Int)
    case essential
    case variant
  }

  var source: Source
  var clause: Clause
  /// How a person wrote it.
  var text: String
  /// The package that is meant, where only one can be.
  var direct: NameTable.ID?
  /// The version that is meant, where it's not simply the candidate.
  var entry: PackageEntry.ID?
  /// Holds the bytes that the clause's versions lie in.
  var memory: [IndexText] = []
}
