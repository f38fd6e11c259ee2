import Essentials
package import SystemPackage

extension Recipe {
  /// What a bake checks by itself, wherever there is something of its kind.
  package enum BuiltInGate: String, Sendable, CaseIterable {
    /// nginx accepts its configuration.
    case nginx
    /// systemd accepts the units that the recipe adds or enables.
    case units
    /// What those units take as credentials is declared among the recipe's secrets.
    case credentials
    /// None of those units waits for a network that reaches further than a machine's does.
    case networkUnits = "network-units"
    /// Every program that those units start is there.
    case unitPrograms = "unit-programs"
    /// Django's own checks, complete migrations, and modules of the application that can be imported.
    case django
    /// What each installed wheel requires is installed too.
    case wheels
    /// Every shared library that a program needs is found.
    case sharedLibraries = "shared-libraries"
    /// Every symbolic link leads somewhere.
    case danglingLinks = "dangling-links"
    /// Nobody but owner and group can write, except where the sticky bit guards.
    case worldWritable = "world-writable"
    /// Programs that run with others' rights are known.
    case setuid
    /// No private key or token lies in a layer, unless a pinned package or wheel ships it.
    case privateKeys = "private-keys"
  }

  /// What the recipe says of the built-in gates.
  package struct Gates: Sendable, Equatable {
    /// Those that don't run, and why.
    package var silenced: [BuiltInGate: String] = [:]
    /// Programs that may be setuid or setgid, beside those that Debian is known for.
    package var setuid: [Located<FilePath>] = []
  }
}

extension RecipeReader {
  func builtInGates(_ field: Field) throws(Diagnostic) -> Recipe.Gates {
    let fields = try Fields(field.node, of: .gates)
    var gates = Recipe.Gates()
    if let silence = fields["silence"] {
      let reasons = try Fields(silence.node, of: .silence)
      for gate in Recipe.BuiltInGate.allCases {
        guard let reason = reasons[gate.rawValue] else { continue }
        gates.silenced[gate] = try reason.text().value
      }
    }
    for element in try fields["setuid"]?.elements() ?? [] {
      gates.setuid.append(Located(try element.destination(), at: element.location))
    }
    try requireDistinct("the path", gates.setuid.map { $0.map(\.string) })
    return gates
  }
}
