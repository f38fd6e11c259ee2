package import Essentials

/// The text of a secret with places for its values: `DATABASE_URL={{ database_url }}`.
///
/// A place is two braces, a name of letters, digits and underscores, and two braces, blanks around the name as
/// one likes, all on one line. `{{ '{{' }}` stands for two opening braces; closing braces on their own are
/// text. There is nothing else: no conditions, no filters. A value goes in as it is, byte for byte, and is
/// never looked through for further places.
package struct SecretTemplate: Sendable, Hashable {
  /// A place for a value. Lines and columns count from 1, columns in Unicode scalars.
  package struct Place: Sendable, Hashable {
    package var name: String
    package var line: Int
    package var column: Int
  }

  private enum Piece: Hashable {
    case literal([UInt8])
    case place(Place)
  }

  private let pieces: [Piece]

  /// Every place, in the order of the text.
  package var places: [Place] {
    pieces.compactMap { if case .place(let place) = $0 { place } else { nil } }
  }

  /// The names of the values it takes, each once, in the order of their first places.
  package var names: [String] {
    var seen: Set<String> = []
    return places.map(\.name).filter { seen.insert($0).inserted }
  }

  /// Whether a value can have this name.
  package static func isName(_ text: some StringProtocol) -> Bool {
    let bytes = text.utf8
    return (1...128).contains(bytes.count) && !(48...57).contains(bytes.first ?? 48)
      && bytes.allSatisfy { TemplateScanner.isName($0) }
  }

  /// The template that `text` spells.
  /// - Parameter file: how errors name the text's file.
  /// - Throws: where a place isn't closed or holds no name, with line and column.
  package init(parsing text: String, file: String) throws(Diagnostic) {
    var scanner = TemplateScanner(Array(text.utf8), file: file)
    var pieces: [Piece] = []
    while true {
      let literal = scanner.literal()
      if !literal.isEmpty { pieces.append(.literal(literal)) }
      guard let found = try scanner.place() else { break }
      switch found {
      case .braces: pieces.append(.literal(Array("{{".utf8)))
      case .value(let place): pieces.append(.place(place))
      }
    }
    self.pieces = pieces
  }

  /// The text with `values` in their places.
  /// - Throws: where a value is missing, naming it.
  package func render(_ values: [String: Secret]) throws(Diagnostic) -> Secret {
    var bytes: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .literal(let literal): bytes += literal
      case .place(let place):
        guard let value = values[place.name] else {
          throw Diagnostic(
            .usage, "the value '\(place.name)' isn't given",
            hints: ["add '\(place.name)' to what --secrets reads"])
        }
        bytes += value.reveal()
      }
    }
    return Secret(bytes)
  }
}
