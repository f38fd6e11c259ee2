/// The credentials that every machine gets beside the recipe's secrets: what it is, and what it reaches.
package enum MachineCredential {
  package static let names: Set<String> = [
    "hardtack.role", "hardtack.instance", "hardtack.release", "hardtack.image", "hardtack.reach",
  ]
}
