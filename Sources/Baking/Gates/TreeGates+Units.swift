import Essentials
import Images

/// A credential that a unit takes by name must be one that a machine gets: a secret of the recipe, or one of the machine's own.
///
/// Without it the unit would fail when it starts. Source: systemd.exec(5), LoadCredential=.
struct CredentialGate {
  let units: [String]
  let secrets: Set<String>

  func findings(in tree: ImageTree) -> [String] {
    let files = UnitFiles(tree: tree)
    let given = secrets.union(MachineCredential.names)
    var findings: [String] = []
    for unit in units {
      let settings = files.settings(of: unit)
      // A value in the unit itself stands in for a credential that isn't there.
      let fallbacks = settings.filter { ["SetCredential", "SetCredentialEncrypted"].contains($0.key) }
        .map { String($0.value.prefix { $0 != ":" }) }
      for setting in settings where ["LoadCredential", "LoadCredentialEncrypted"].contains(setting.key) {
        let parts = setting.value.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.last, parts.count == 1 || !name.contains("/"), let own = parts.first else {
          continue
        }
        if given.contains(name) || fallbacks.contains(own) { continue }
        let place = tree.pathText(of: setting.node)
        findings.append(
          "\(unit) loads the credential '\(name.printable)', which is no secret of the recipe (\(place))")
      }
    }
    return findings
  }
}

/// A unit that the recipe itself writes must not wait for a network: a machine's reaches what it was given and nothing else.
///
/// Packages' own units may: what they'd wait for is masked in every image.
struct NetworkGate {
  let units: [String]

  func findings(in tree: ImageTree) -> [String] {
    let files = UnitFiles(tree: tree)
    var findings: [String] = []
    for unit in units {
      for setting in files.settings(of: unit)
      where ["Wants", "Requires", "Requisite", "BindsTo"].contains(setting.key) {
        guard setting.value.split(separator: " ").contains("network-online.target"),
          tree.layerName(of: setting.node) == "configuration"
        else { continue }
        findings.append(
          "\(unit) waits for network-online.target, which means nothing in a machine (\(tree.pathText(of: setting.node)))"
        )
      }
    }
    return findings
  }
}
