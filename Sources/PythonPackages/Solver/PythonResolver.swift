import Essentials

/// Chooses wheels: from what is asked for and what an index offers to one version of each project needed.
package enum PythonResolver {
  /// Finds the wheels that meet `request`.
  ///
  /// The newest version that fits is taken, in the order of ``Priorities``; an earlier lock's pins stay where they fit.
  /// Only wheels for the target are taken; withdrawn versions (PEP 592) only where pinned exactly; pre-releases only
  /// where the request names one or nothing else fits. `Requires-Python` binds.
  /// - Throws: a ``Diagnostic`` of the category `noSolution` with the chain of reasons in its notes where there is
  ///   no solution; whatever `index` throws.
  package static func resolve(
    _ request: ResolutionRequest, index: some PythonIndex
  ) async throws -> Resolution {
    for asked in request.requirements + request.constraints
    where asked.requirement.applies(to: request.environment) {
      if let url = asked.requirement.url { throw refusal(ofURL: url, asked) }
    }
    let preferences = Preferences(request)
    let prefetcher = Prefetcher(index: index, preferences: preferences)
    return try await withTaskCancellationHandler {
      var solver = PythonSolver(request: request, preferences: preferences, prefetcher: prefetcher)
      do {
        let resolution = try await solver.solve()
        await prefetcher.cancel()
        return resolution
      } catch let failure as PubGrub.Failure {
        await prefetcher.cancel()
        throw Explanation(solver).diagnostic(of: failure)
      } catch {
        await prefetcher.cancel()
        throw error
      }
    } onCancel: {
      Task { await prefetcher.cancel() }
    }
  }

  private static func refusal(ofURL url: String, _ asked: RequestedRequirement) -> Diagnostic {
    Diagnostic(
      .usage, "'\(asked.requirement.name)' is asked for by URL, which can't be pinned by name and version",
      at: asked.origin?.location,
      hints: ["ask for a version of '\(asked.requirement.name)' that the index has as a wheel"])
  }
}
