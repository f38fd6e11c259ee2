import Essentials
import Storage
import SystemPackage

/// The making of one layer.
protocol LayerStep: Sendable {
  /// `os`, `python`, `application` or `configuration`.
  var name: String { get }
  /// The digest of all that can change the layer's bytes.
  var key: ActionKey { get }
  /// Makes the layer's tree: a folder in the workspace, in the form of an overlay's upper folder.
  func makeTree(_ context: BakeContext) async throws -> FilePath
}

/// What every step works with.
struct BakeContext: Sendable {
  let store: Store
  let workspace: Workspace
  let trees: TreeCache
  let progress: Progress
  /// SOURCE_DATE_EPOCH, in seconds since 1970: the latest time that any file may carry.
  let epoch: Int64
  /// As ``Sandbox/clockShift``.
  let clockShift: Int64

  /// The version of what steps make of the same inputs; it grows whenever a change of this program changes
  /// any byte of any layer.
  static let version = 4

  /// The layer that `step` makes: found by its key, or made and stored.
  func layer(_ step: some LayerStep) async throws -> Layer {
    let key = step.key
    if let result = try store.action(for: key), let layer = Layer(name: step.name, key, result) {
      return layer
    }
    let tree = try await makeTree(of: step)
    try Task.checkCancellation()
    let stage = progress.stage("packing the \(step.name) layer")
    let files = try FileTree.scan(root: tree, epoch: epoch, mode: .overlayUpper)
    let ingest = try store.ingest()
    let table = try LayerWriter.write(files, to: ingest)
    let size = ingest.count
    let layer = Layer(
      name: step.name, digest: try ingest.commit(), size: size, table: try store.publish(table.serialized()),
      key: key, isNew: true)
    try trees.adopt(tree, as: layer.digest)
    try store.record(key, layer.result)
    stage.finish()
    return layer
  }

  private func makeTree(of step: some LayerStep) async throws -> FilePath {
    do {
      return try await step.makeTree(self)
    } catch let failure as Diagnostic where failure.notes.contains(where: { $0.contains(Self.fullDisk) }) {
      throw failure.hint("free some space on the disk that holds \(store.root), then run the command again")
    }
  }

  /// What the image's own programs say of a full disk.
  private static let fullDisk = "No space left on device"

  /// A sandbox over the trees of `layers`, lowest first, that writes into `upper`.
  func sandbox(over layers: [Layer], writingTo upper: FilePath) throws(Diagnostic) -> Sandbox {
    var lowers: [FilePath] = []
    for layer in layers { lowers.append(try trees.tree(of: layer, workspace)) }
    var sandbox = Sandbox(
      lowers: lowers, upper: upper, scratch: try workspace.makeFolder("sandbox"), epoch: epoch)
    sandbox.clockShift = clockShift
    return sandbox
  }
}
