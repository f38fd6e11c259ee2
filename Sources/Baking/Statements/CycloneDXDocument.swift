import Essentials
import Lockfiles

/// A bill of materials in CycloneDX 1.5's JSON.
///
/// Source: the CycloneDX specification 1.5, and its JSON schema.
struct CycloneDXDocument: Encodable {
  struct Hash: Encodable {
    var alg = "SHA-256"
    let content: String
  }

  struct Property: Encodable {
    let name: String
    let value: String
  }

  struct Supplier: Encodable {
    let name: String
  }

  struct Part: Encodable {
    let type: String
    var reference: String?
    let name: String
    var version: String?
    var supplier: Supplier?
    var hashes: [Hash]?
    var purl: String?
    var properties: [Property]?

    enum CodingKeys: String, CodingKey {
      case type, name, version, supplier, hashes, purl, properties
      case reference = "bom-ref"
    }
  }

  struct Tools: Encodable {
    let components: [Part]
  }

  struct Metadata: Encodable {
    let timestamp: String
    let tools: Tools
    let component: Part
  }

  struct Dependency: Encodable {
    let ref: String
    let dependsOn: [String]
  }

  var bomFormat = "CycloneDX"
  var specVersion = "1.5"
  let serialNumber: String
  var version = 1
  let metadata: Metadata
  let components: [Part]
  let dependencies: [Dependency]

  init(_ bill: BillOfMaterials) {
    serialNumber = "urn:uuid:" + bill.identifier("CycloneDX-1.5")
    metadata = Metadata(
      timestamp: Timestamp.text(bill.created),
      tools: Tools(components: [
        Part(type: "application", name: "hardtack", version: ProgramVersion.text)
      ]),
      component: Part(type: "operating-system", reference: "machine", name: bill.name))
    components = bill.components.map { component in
      Part(
        type: "library", reference: component.identifier, name: component.name, version: component.version,
        supplier: component.origin.map(Supplier.init),
        hashes: component.digest.map { [Hash(content: $0.hexadecimal)] }, purl: component.url,
        properties: component.digest == nil ? [Property(name: "hardtack:pinned", value: "false")] : nil)
    }
    dependencies =
      [Dependency(ref: "machine", dependsOn: bill.components.map(\.identifier))]
      + bill.components.map { component in
        Dependency(
          ref: component.identifier, dependsOn: bill.dependencies(of: component).map(\.identifier))
      }
  }
}
