import CCurl
import Essentials
import Glibc

extension EasyHandle {
  /// Sets the method and, where something is sent along, what libcurl reads it by.
  func setMethod(_ context: UnsafeMutableRawPointer) throws(Diagnostic) {
    if order.method == .head { return try set(CURLOPT_NOBODY, 1) }
    guard let upload else { return }
    try set(CURLOPT_UPLOAD, 1)
    try set(CURLOPT_CUSTOMREQUEST, order.method.rawValue)
    try check(hardtack_curl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, Int(upload.count)))
    try check(hardtack_curl_set_pointer(handle, CURLOPT_READDATA, context))
    try check(hardtack_curl_set_pointer(handle, CURLOPT_SEEKDATA, context))
    try check(
      hardtack_curl_set_data(handle, CURLOPT_READFUNCTION) { data, size, count, context in
        EasyHandle.from(context)?.send(UnsafeMutableRawBufferPointer(start: data, count: size * count))
          ?? Int(CURL_READFUNC_ABORT)
      })
    try check(
      hardtack_curl_set_seek(handle, CURLOPT_SEEKFUNCTION) { context, offset, origin in
        guard origin == SEEK_SET, let upload = EasyHandle.from(context)?.upload else {
          return CURL_SEEKFUNC_FAIL
        }
        upload.seek(to: Int64(offset))
        return CURL_SEEKFUNC_OK
      })
  }

  private func send(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    do throws(Diagnostic) { return try upload?.read(into: buffer) ?? 0 } catch {
      stopped = error
      return Int(CURL_READFUNC_ABORT)
    }
  }
}
