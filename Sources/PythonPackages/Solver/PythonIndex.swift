/// Where the solver learns what there is. The caller decides how: over a network, from a store, from memory.
///
/// Calls come concurrently and ahead of need, so that what is independent is fetched at the same time; an answer that
/// turns out not to be needed is dropped, its error too.
package protocol PythonIndex: Sendable {
  /// What the index offers of `project`, or nil where it has no such project.
  func page(of project: ProjectName) async throws -> ProjectPage?

  /// What `file`, a wheel on `page`, says of itself; or what the wheel says that is built from it, where it is a source
  /// distribution. Those are asked for one after the other, and none that turns out not to be needed.
  func metadata(of file: DistributionFile, page: ProjectPage) async throws -> CoreMetadata
}
