/// Where the solver learns what there is. The caller decides how: over a network, from a store, from memory.
///
/// Calls come concurrently and ahead of need, so that what is independent is fetched at the same time; an answer that
/// turns out not to be needed is dropped, its error too.
package protocol PythonIndex: Sendable {
  /// What the index offers of `project`, or nil where it has no such project.
  func page(of project: ProjectName) async throws -> ProjectPage?

  /// What `file`, a wheel on `page`, says of itself.
  func metadata(of file: DistributionFile, page: ProjectPage) async throws -> CoreMetadata
}
