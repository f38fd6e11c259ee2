import Essentials

/// Asks the index once for each thing, and ahead of need: as soon as a project's page is there, the metadata of the
/// wheel that will probably be chosen is asked for, then the pages of what that needs, and so on.
actor Prefetcher {
  private let index: any PythonIndex
  private let preferences: Preferences
  private let tags: CompatibleTags
  private var pages: [ProjectName: Task<Candidates?, any Error>] = [:]
  private var metadata: [String: Task<CoreMetadata, any Error>] = [:]
  private var guesses: [Task<Void, Never>] = []
  private var guessed: Set<String> = []
  /// No more guesses than this: an index that answers every name can't make it run on.
  private static let guessLimit = 2000

  init(index: any PythonIndex, preferences: Preferences) {
    self.index = index
    self.preferences = preferences
    tags = CompatibleTags(for: preferences.environment)
  }

  /// Ends what is still under way.
  func cancel() {
    for task in pages.values { task.cancel() }
    for task in metadata.values { task.cancel() }
    for task in guesses { task.cancel() }
  }

  /// The versions of `project`; nil where the index has no such project.
  func candidates(of project: ProjectName) async throws -> Candidates? {
    try await page(of: project).value
  }

  /// What `file` says of itself.
  func metadata(of file: DistributionFile, page: ProjectPage) async throws -> CoreMetadata {
    try await metadataTask(of: file, page: page).value
  }

  /// Begins to read what `files` say of themselves.
  func prepare(_ files: [DistributionFile], page: ProjectPage) {
    for file in files { _ = metadataTask(of: file, page: page) }
  }

  private func page(of project: ProjectName) -> Task<Candidates?, any Error> {
    if let known = pages[project] { return known }
    let (index, tags, preferences) = (index, tags, preferences)
    let task = Task { () async throws -> Candidates? in
      guard let page = try await index.page(of: project) else { return nil }
      try Task.checkCancellation()
      return Candidates(page: page, tags: tags, preferences: preferences)
    }
    pages[project] = task
    return task
  }

  private func metadataTask(of file: DistributionFile, page: ProjectPage) -> Task<CoreMetadata, any Error> {
    if let known = metadata[file.filename] { return known }
    let index = index
    let task = Task { try await index.metadata(of: file, page: page) }
    metadata[file.filename] = task
    return task
  }

  /// Begins to fetch what `requirements` will probably need.
  func anticipate(_ requirements: [Requirement]) {
    for requirement in requirements {
      let key = "\(requirement.name)[\(requirement.extras)]"
      guard requirement.url == nil, guesses.count < Self.guessLimit, guessed.insert(key).inserted else {
        continue
      }
      guesses.append(Task { await follow(requirement) })
    }
  }

  /// Errors of guesses come to light where the answer is really needed, or never.
  private func follow(_ requirement: Requirement) async {
    guard let candidates = try? await candidates(of: requirement.name) else { return }
    var specifiers = requirement.specifiers
    for constraint in preferences.constraints[requirement.name] ?? [] {
      specifiers.clauses += constraint.requirement.specifiers.clauses
    }
    guard
      let choice = candidates.preferred(among: candidates.matching(specifiers), preferences: preferences),
      // Building is too much work for a guess.
      let file = candidates.file(choice), !file.isSource,
      let metadata = try? await metadata(of: file, page: candidates.page), !Task.isCancelled
    else { return }
    let environment = preferences.environment
    anticipate(
      metadata.requirements.filter { needed in
        needed.applies(to: environment)
          || requirement.extras.contains { needed.applies(to: environment, extra: $0) }
      })
  }
}
