package import Essentials
package import SystemPackage

extension SiteSettings {
  /// The name of a site's file.
  package static let fileName: FilePath.Component = "site.yaml"

  /// Reads and checks the file at `path`.
  /// - Throws: where something isn't as it should be, with file, line and column.
  package static func load(_ path: FilePath) throws(Diagnostic) -> SiteSettings {
    try read(try DurableFile.read(path, limit: 1 << 20), file: path.string)
  }

  /// Checks the settings that `bytes` spell.
  package static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> SiteSettings {
    let node = try YAMLDocument.read(
      bytes, file: file, as: "site", whereEmpty: "write 'listen: 127.0.0.1:8080', or remove the file")
    return try SiteReader().site(node)
  }
}

/// Turns the nodes of a site's file into settings.
private struct SiteReader {
  func site(_ node: YAMLNode) throws(Diagnostic) -> SiteSettings {
    let fields = try Fields(node, of: .site)
    var site = SiteSettings()
    site.name = try fields["name"]?.word("a site's name", also: "-", atMost: 30)
    if let listen = fields["listen"] { site.listen = try address(listen) }
    site.address = try fields["address"].map { field throws(Diagnostic) in try virtualAddress(field) }
    site.balancer = try fields["balancer"].map { field throws(Diagnostic) in try balancer(field) }
    site.database = try fields["database"].map { field throws(Diagnostic) in try database(field) }
    site.secrets = try fields["secrets"]?.text().value
    if let instances = fields["instances"] {
      let fields = try Fields(instances.node, of: .instances)
      site.count = try fields["count"]?.number(in: 1...64) ?? site.count
      site.memory = try fields["memory"]?.number(in: 256...1 << 24) ?? site.memory
      site.requests = try fields["requests"]?.number(in: 1...65_536) ?? site.requests
      site.processors = try fields["processors"]?.number(in: 1...64) ?? site.processors
    }
    site.strategy =
      try fields["strategy"].map { field throws(Diagnostic) in
        try word(field, of: SiteSettings.strategies)
      } ?? site.strategy
    site.watch = try fields["watch"]?.number(in: 0...86_400) ?? site.watch
    if let shares = fields["shares"] {
      site.shares = []
      for element in try shares.elements() { site.shares.append(try element.number(in: 1...99)) }
    }
    try limits(fields["limits"], &site)
    if let witness = fields["witness"] { site.witness = try self.witness(witness) }
    try hooks(fields["hooks"], &site)
    return site
  }

  private func word(_ field: Field, of words: [String]) throws(Diagnostic) -> String {
    let text = try field.text().value
    guard words.contains(text) else {
      throw field.wrong(
        "must be \(words.map { "'\($0)'" }.joined(separator: " or ")), not '\(text)'",
        hint: NearestName.hint(for: text, among: words))
    }
    return text
  }

  private func address(_ field: Field) throws(Diagnostic) -> String {
    // Some readers take an address and a port for a number; nobody means one here, so it needs no quotes.
    guard case .scalar(let text, _) = field.node.content else {
      throw field.wrong("must be text, not \(field.node.kind)")
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0,
      !text[..<colon].isEmpty,
      text[..<colon].utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") })
    else {
      throw field.wrong("must be an IPv4 address and a port, not '\(text)'", hint: "write 127.0.0.1:8080")
    }
    return text
  }

  private func virtualAddress(_ field: Field) throws(Diagnostic) -> SiteSettings.Address {
    let fields = try Fields(field.node, of: .address)
    let ip = try fields.required("ip")
    let text = try ip.text().value
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let bytes = parts.first?.split(separator: ".", omittingEmptySubsequences: false) ?? []
    guard parts.count == 2, bytes.count == 4, bytes.allSatisfy({ UInt8($0).map { "\($0)" } == String($0) }),
      let prefix = UInt8(parts[1]), (1...32).contains(prefix)
    else {
      throw ip.wrong(
        "must be an IPv4 address and its prefix's length, not '\(text)'", hint: "write 192.0.2.10/24")
    }
    return SiteSettings.Address(
      ip: text, interface: try fields.required("interface").word("an interface", also: "-_.@", atMost: 15))
  }

  private func path(_ field: Field) throws(Diagnostic) -> String {
    let text = try field.text().value
    guard text.hasPrefix("/") else { throw field.wrong("must be an absolute path, not '\(text)'") }
    return text
  }

  private func balancer(_ field: Field) throws(Diagnostic) -> SiteSettings.Balancer {
    let fields = try Fields(field.node, of: .balancer)
    return SiteSettings.Balancer(
      socket: try path(try fields.required("socket")),
      backend: try fields.required("backend").word("a backend's name", also: "-_.", atMost: 64),
      servers: try fields["servers"].map { field throws(Diagnostic) in try path(field) })
  }

  private func database(_ field: Field) throws(Diagnostic) -> SiteSettings.Database {
    if !field.isMapping { return try word(field, of: ["ours", "none"]) == "ours" ? .ours : .none }
    let fields = try Fields(field.node, of: .database)
    return .theirs(
      secret: try fields.required("secret").text().value, name: try fields.required("name").text().value)
  }

  private func limits(_ field: Field?, _ site: inout SiteSettings) throws(Diagnostic) {
    guard let field else { return }
    let fields = try Fields(field.node, of: .limits)
    for name in SiteSettings.limitNames {
      if let limit = try fields[name]?.number(in: 1...86_400) { site.limits[name] = limit }
    }
  }

  private func witness(_ field: Field) throws(Diagnostic) -> SiteSettings.Witness {
    let fields = try Fields(field.node, of: .witness)
    var witness = SiteSettings.Witness()
    witness.rate = try fields["rate"]?.number(in: 0...10_000) ?? witness.rate
    if let get = fields["get"] {
      witness.paths = []
      for element in try get.elements() { witness.paths.append(try path(element)) }
    }
    if let headers = fields["headers"] {
      guard case .mapping(let pairs) = headers.node.content else {
        throw headers.wrong("must be a mapping, not \(headers.node.kind)")
      }
      for pair in pairs {
        witness.headers[pair.key] = try Field(key: pair.key, node: pair.value).text().value
      }
    }
    if let post = fields["post"] {
      let fields = try Fields(post.node, of: .post)
      var request = SiteSettings.Witness.Post(
        path: try path(try fields.required("path")), body: try fields.required("body").text().value)
      request.type = try fields["type"]?.text().value ?? request.type
      witness.post = request
    }
    return witness
  }

  private func hooks(_ field: Field?, _ site: inout SiteSettings) throws(Diagnostic) {
    guard let field else { return }
    let fields = try Fields(field.node, of: .hooks)
    for point in SiteSettings.hookPoints {
      for element in try fields[point]?.elements() ?? [] {
        site.hooks[point, default: []].append(try element.command())
      }
    }
  }
}

extension Section {
  private static func of(_ name: String, required: [String] = [], optional: [String]) -> Section {
    Section(name: name, required: required, optional: optional, document: "site")
  }

  static let site = of(
    "",
    optional: [
      "name", "listen", "address", "balancer", "database", "secrets", "instances", "strategy", "watch",
      "shares",
      "limits", "witness", "hooks",
    ])
  static let address = of("address", required: ["ip", "interface"], optional: [])
  static let balancer = of("balancer", required: ["socket", "backend"], optional: ["servers"])
  static let database = of("database", required: ["secret", "name"], optional: [])
  static let instances = of("instances", optional: ["count", "memory", "processors", "requests"])
  static let limits = of("limits", optional: SiteSettings.limitNames)
  static let witness = of("witness", optional: ["rate", "get", "post", "headers"])
  static let post = of("post", required: ["path", "body"], optional: ["type"])
  static let hooks = of("hooks", optional: SiteSettings.hookPoints)
}
