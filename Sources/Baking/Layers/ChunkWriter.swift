import Essentials
import Glibc
import SystemPackage

/// Fills chunks with a stream of bytes and sends them on.
final class ChunkWriter {
  private let pipe: ChunkPipe
  private var chunk: Chunk?
  /// How many bytes went before.
  private(set) var position: Int64 = 0

  init(_ pipe: ChunkPipe) { self.pipe = pipe }

  func write(_ bytes: some Collection<UInt8>) throws(Diagnostic) {
    let handled = bytes.withContiguousStorageIfAvailable { (buffer) -> Result<Void, Diagnostic> in
      Result { () throws(Diagnostic) in try write(raw: UnsafeRawBufferPointer(buffer)) }
    }
    if let handled { try handled.get() } else { try write(Array(bytes)) }
  }

  func write(raw bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    var rest = bytes
    while rest.count > 0 {
      let room = try room()
      let count = min(rest.count, room.count)
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      advance(count)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Writes zeros up to the next multiple of `unit` bytes.
  func pad(to unit: Int64) throws(Diagnostic) {
    try zeros((unit - position % unit) % unit)
  }

  func zeros(_ count: Int64) throws(Diagnostic) {
    var rest = count
    while rest > 0 {
      let room = try room()
      let count = Int(min(rest, Int64(room.count)))
      room.baseAddress?.initializeMemory(as: UInt8.self, repeating: 0, count: count)
      advance(count)
      rest -= Int64(count)
    }
  }

  /// Reads up to `count` bytes from `file` straight into the stream.
  /// - Returns: how many there were before the file's end.
  func read(_ file: Int32, count: Int64, _ path: @autoclosure () -> FilePath) throws(Diagnostic) -> Int64 {
    var total: Int64 = 0
    while total < count {
      let room = try room()
      let got = Glibc.read(file, room.baseAddress, Int(min(count - total, Int64(room.count))))
      if got == 0 { break }
      guard got > 0 else {
        if errno == EINTR { continue }
        throw .system(.current, "read", path())
      }
      advance(got)
      total += Int64(got)
    }
    return total
  }

  /// Sends what is left.
  func finish() {
    guard let chunk else { return }
    pipe.send(chunk)
    self.chunk = nil
  }

  private func room() throws(Diagnostic) -> UnsafeMutableRawBufferPointer {
    if let chunk { return UnsafeMutableRawBufferPointer(rebasing: chunk.memory[chunk.count...]) }
    guard let fresh = pipe.takeEmpty() else {
      // Never seen: the consumer's own error is thrown in its place.
      throw Diagnostic(.failed, "the writing was given up")
    }
    chunk = fresh
    return fresh.memory
  }

  private func advance(_ count: Int) {
    guard let chunk else { return }
    chunk.count += count
    position += Int64(count)
    if chunk.count == Chunk.capacity { finish() }
  }
}
