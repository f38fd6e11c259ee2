/// What a project, a recipe or a requirements file asks for: `celery[redis]>=5.4; python_version < "4"`.
///
/// Source: the PyPA specification "Dependency specifiers" (PEP 508).
package struct Requirement: Sendable, Hashable {
  package var name: ProjectName
  /// Sorted, each once.
  package var extras: [ProjectName]
  package var specifiers: VersionSpecifiers
  /// Where the requirement names a place instead of versions (`name @ URL`). The solver refuses such a one where it
  /// applies: what it names can't be pinned by name and version.
  package var url: String?
  package var marker: Marker?

  package init(
    name: ProjectName, extras: [ProjectName] = [], specifiers: VersionSpecifiers = VersionSpecifiers(),
    url: String? = nil, marker: Marker? = nil
  ) {
    self.name = name
    self.extras = Array(Set(extras)).sorted()
    self.specifiers = specifiers
    self.url = url
    self.marker = marker
  }

  /// Whether it applies to `environment`, asked for with `extra` or without one.
  package func applies(to environment: TargetEnvironment, extra: ProjectName? = nil) -> Bool {
    marker?.holds(in: environment, extra: extra) ?? true
  }
}

extension Requirement: CustomStringConvertible {
  package var description: String {
    var text = name.description
    if !extras.isEmpty { text += "[\(extras.map(\.description).joined(separator: ","))]" }
    text += specifiers.description
    if let url { text += " @ \(url)" + (marker == nil ? "" : " ") }
    if let marker { text += "; \(marker)" }
    return text
  }
}
