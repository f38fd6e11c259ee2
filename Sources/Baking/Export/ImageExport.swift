package import Essentials
import Glibc
package import Images
package import Storage
package import SystemPackage

/// Writes an image in a form that other tools take. The same image gives the same bytes, whenever and wherever.
package struct ImageExport {
  package enum Format: String, CaseIterable, Sendable {
    /// The root tree as files.
    case directory
    /// The root tree as one archive.
    case tar
    /// An OCI image layout.
    case oci
    /// A disk that boots under UEFI.
    case raw
    /// The same disk in QEMU's form.
    case qcow2
  }

  private let image: Image
  private let store: Store
  private let progress: Progress

  package init(_ image: Image, in store: Store, progress: Progress) {
    self.image = image
    self.store = store
    self.progress = progress
  }

  /// - Parameters:
  ///   - path: what is made; nothing stands there yet.
  ///   - name: what the image is called in a layout.
  /// - Throws: `usage` where something stands at `path`; `failed` where a program is missing that a disk takes. Nothing is
  ///   left behind then.
  package func write(_ format: Format, to path: FilePath, named name: String) async throws {
    var information = stat()
    guard lstat(path.string, &information) != 0 else {
      throw Diagnostic(
        .usage, "\(path) exists already", hints: ["name another path with --output, or remove it first"])
    }
    let stage = progress.stage("writing \(path)")
    defer { stage.finish() }
    switch format {
    case .tar:
      let tree = try ExportedTree(image, in: store)
      let output = try ExportFile(path)
      try FlatTar.write(tree.merged, tree.files, to: output)
      try output.publish()
    case .directory: try writeDirectory(path)
    case .oci:
      try makeFolder(path) { folder throws(Diagnostic) in
        try OCILayout.write(image, named: name, from: store, to: folder)
      }
    case .raw:
      let scratch = try ScratchFolder(beside: path)
      let output = try ExportFile(path)
      try await RawDisk(image, in: store, progress: progress).write(to: output, scratch: scratch.path)
      try output.publish()
    case .qcow2:
      let scratch = try ScratchFolder(beside: path)
      let (raw, converted) = (scratch.path.appending("raw"), scratch.path.appending("qcow2"))
      let output = try ExportFile(raw)
      try await RawDisk(image, in: store, progress: progress).write(to: output, scratch: scratch.path)
      try output.publish()
      // One coroutine writes clusters in the order of the disk.
      _ = try await Command(
        "qemu-img", ["convert", "-m", "1", "-f", "raw", "-O", "qcow2", raw.string, converted.string]
      ).output()
      try attempt("write", path) {
        guard rename(converted.string, path.string) == 0 else { throw Errno.current }
      }
    }
  }

  private func writeDirectory(_ path: FilePath) throws(Diagnostic) {
    let scratch = try ScratchFolder(beside: path)
    let archive = scratch.path.appending("tree.tar")
    let tree = try ExportedTree(image, in: store)
    let output = try ExportFile(archive)
    try FlatTar.write(tree.merged, tree.files, to: output)
    try output.publish()
    try makeFolder(path) { folder throws(Diagnostic) in
      try LayerReader.unpack(try MappedFile(archive), name: "the root tree", into: folder)
    }
  }

  /// Makes a folder under another name, until it's filled.
  private func makeFolder(_ path: FilePath, _ fill: (FilePath) throws(Diagnostic) -> Void) throws(Diagnostic)
  {
    let scratch = try ScratchFolder(beside: path)
    let folder = scratch.path.appending("folder")
    try DurableFile.createFolder(folder)
    try fill(folder)
    guard rename(folder.string, path.string) == 0 else { throw .system(.current, "name", path) }
  }
}

/// A folder beside what is being made, gone with this object.
private final class ScratchFolder {
  let path: FilePath

  init(beside path: FilePath) throws(Diagnostic) {
    let folder = path.removingLastComponent().appending(
      ".\(path.lastComponent?.string ?? "").\(getpid()).\(UInt32.random(in: 0 ... .max)).d")
    guard mkdir(folder.string, 0o700) == 0 else { throw .system(.current, "create the folder", folder) }
    self.path = folder
  }

  deinit { try? FolderTree.remove(path) }
}
