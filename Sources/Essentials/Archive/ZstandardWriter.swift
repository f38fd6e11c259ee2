import CArchive
import Glibc

/// Compresses a stream by Zstandard (RFC 8878), through libarchive.
///
/// The same bytes give the same stream with the same release of libzstd.
package enum ZstandardWriter {
  /// The library's own default: higher levels take many times as long for some percent.
  private static let level = "3"
  // The parts in which the stream is handed over: fixed, as they may bear on the result.
  private static let part = 1 << 20

  /// Where libarchive's callback puts what comes, and what went wrong there.
  private final class Target {
    let sink: any ByteSink
    var failure: Diagnostic?

    init(_ sink: any ByteSink) { self.sink = sink }
  }

  /// Compresses all of `bytes` into `sink`.
  /// - Parameter advanced: is told how many bytes more were taken.
  /// - Throws: what `sink` throws, and where libarchive can't.
  package static func compress(
    _ bytes: UnsafeRawBufferPointer, into sink: any ByteSink, advanced: (Int64) -> Void = { _ in }
  ) throws(Diagnostic) {
    guard let handle = archive_write_new() else { throw Diagnostic(.failed, "libarchive has no memory left") }
    defer { archive_write_free(handle) }
    let target = Target(sink)
    // The object outlives the handle: it's released at this function's end.
    defer { withExtendedLifetime(target) {} }
    func check(_ result: Int32) throws(Diagnostic) {
      if let failure = target.failure { throw failure }
      guard result != ARCHIVE_OK else { return }
      let reason = archive_error_string(handle).map { String(cString: $0) } ?? "libarchive gave no reason"
      throw Diagnostic(.failed, "cannot compress by Zstandard: \(reason)")
    }
    try check(archive_write_add_filter_zstd(handle))
    try check(archive_write_set_filter_option(handle, "zstd", "compression-level", level))
    try check(archive_write_set_format_raw(handle))
    // Nothing is added to fill a block of a tape.
    try check(archive_write_set_bytes_in_last_block(handle, 1))
    try check(
      archive_write_open(
        handle, Unmanaged.passUnretained(target).toOpaque(), nil,
        { _, context, bytes, count in
          guard let context else { return -1 }
          let target = Unmanaged<Target>.fromOpaque(context).takeUnretainedValue()
          do throws(Diagnostic) {
            try target.sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
            return count
          } catch {
            target.failure = error
            return -1
          }
        }, nil))
    let entry = archive_entry_new()
    defer { archive_entry_free(entry) }
    archive_entry_set_filetype(entry, UInt32(Glibc.S_IFREG))
    try check(archive_write_header(handle, entry))
    var offset = 0
    while offset < bytes.count {
      let count = min(part, bytes.count - offset)
      let written = archive_write_data(handle, bytes.baseAddress.map { $0 + offset }, count)
      guard written == count else {
        try check(written < 0 ? Int32(clamping: written) : ARCHIVE_FATAL)
        return
      }
      offset += count
      advanced(Int64(count))
    }
    try check(archive_write_close(handle))
  }
}
