import CZlib

/// Gzip (RFC 1952), for what is small enough to be held in memory.
enum Gzip {
  /// The same bytes each time: no name and no time of modification.
  /// - Returns: nil where memory is exhausted.
  static func compress(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    guard bytes.count <= Int(UInt32.max), hardtack_gzip_begin(&stream, 6) == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    // With all of the output's room there, one call is all it takes (zlib.h, deflateBound).
    let bound = Int(deflateBound(&stream, uLong(bytes.count)))
    var input = bytes
    return input.withUnsafeMutableBufferPointer { input in
      var isDone = false
      let output = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
        stream.next_in = input.baseAddress
        stream.avail_in = uInt(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = uInt(output.count)
        isDone = deflate(&stream, Z_FINISH) == Z_STREAM_END
        count = output.count - Int(stream.avail_out)
      }
      return isDone ? output : nil
    }
  }
}
