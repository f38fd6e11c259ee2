import Essentials
import Lockfiles

/// A bill of materials in SPDX 2.3's JSON.
///
/// Source: the SPDX specification 2.3, and its JSON schema.
struct SPDXDocument: Encodable {
  struct CreationInformation: Encodable {
    let created: String
    let creators: [String]
  }

  struct Checksum: Encodable {
    var algorithm = "SHA256"
    let checksumValue: String
  }

  struct Reference: Encodable {
    var referenceCategory = "PACKAGE-MANAGER"
    var referenceType = "purl"
    let referenceLocator: String
  }

  struct Package: Encodable {
    let SPDXID: String
    let name: String
    var versionInfo: String?
    var packageFileName: String?
    var supplier = "NOASSERTION"
    // A lockfile pins content, not places.
    var downloadLocation = "NOASSERTION"
    var filesAnalyzed = false
    var licenseConcluded = "NOASSERTION"
    var licenseDeclared = "NOASSERTION"
    var copyrightText = "NOASSERTION"
    var checksums: [Checksum]?
    var externalRefs: [Reference]?
    var primaryPackagePurpose: String?
    var comment: String?
  }

  struct Relationship: Encodable {
    let spdxElementId: String
    let relationshipType: String
    let relatedSpdxElement: String
  }

  var spdxVersion = "SPDX-2.3"
  var dataLicense = "CC0-1.0"
  var SPDXID = "SPDXRef-DOCUMENT"
  let name: String
  let documentNamespace: String
  let creationInfo: CreationInformation
  let packages: [Package]
  let relationships: [Relationship]

  private static let machine = "SPDXRef-machine"

  init(_ bill: BillOfMaterials) {
    name = bill.name
    documentNamespace = "urn:uuid:" + bill.identifier("SPDX-2.3")
    creationInfo = CreationInformation(
      created: Timestamp.text(bill.created), creators: ["Tool: hardtack-\(ProgramVersion.text)"])
    let machine = Package(
      SPDXID: Self.machine, name: bill.name, primaryPackagePurpose: "OPERATING-SYSTEM")
    packages = [machine] + bill.components.map(Self.package)
    var relationships = [
      Relationship(
        spdxElementId: SPDXID, relationshipType: "DESCRIBES", relatedSpdxElement: Self.machine)
    ]
    for component in bill.components {
      let identifier = "SPDXRef-" + component.identifier
      relationships.append(
        Relationship(
          spdxElementId: Self.machine, relationshipType: "CONTAINS", relatedSpdxElement: identifier))
      for other in bill.dependencies(of: component) {
        relationships.append(
          Relationship(
            spdxElementId: identifier, relationshipType: "DEPENDS_ON",
            relatedSpdxElement: "SPDXRef-" + other.identifier))
      }
    }
    self.relationships = relationships
  }

  private static func package(_ component: Component) -> Package {
    Package(
      SPDXID: "SPDXRef-" + component.identifier, name: component.name, versionInfo: component.version,
      packageFileName: component.file,
      supplier: component.origin.map { "Organization: \($0)" } ?? "NOASSERTION",
      checksums: component.digest.map { [Checksum(checksumValue: $0.hexadecimal)] },
      externalRefs: [Reference(referenceLocator: component.url)],
      comment: component.digest == nil ? "found in the root tree; not pinned by the lockfile" : nil)
  }
}
