import Baking
import Essentials
import Glibc
import SystemPackage
import TestSupport

/// A sink that keeps a file and its digest.
final class FileSink: ByteSink {
  let path: FilePath
  private let file: FileDescriptor
  private var hasher = SHA256()
  private(set) var size: Int64 = 0

  init(_ path: FilePath) throws {
    self.path = path
    file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    try attempt("write", path) { _ = try file.writeAll(bytes) }
    hasher.update(bytes)
    size += Int64(bytes.count)
  }

  func finish() throws -> Digest {
    try file.close()
    var done = SHA256()
    swap(&done, &hasher)
    return done.finalize()
  }
}

/// A tree written as a layer into a file.
struct PackedTree {
  let path: FilePath
  let table: LayerTable
  let digest: Digest
  let size: Int64

  init(_ tree: FilePath, as path: FilePath, epoch: Int64 = 1_700_000_000, mode: FileTree.Mode = .plain) throws
  {
    let sink = try FileSink(path)
    table = try LayerWriter.write(FileTree.scan(root: tree, epoch: epoch, mode: mode), to: sink)
    digest = try sink.finish()
    size = sink.size
    self.path = path
  }

  var layer: IndexWriter.Layer { (table, digest, size) }
}
