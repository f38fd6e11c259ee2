import CCurl
import Essentials

/// One request with libcurl: owns the handle and all that libcurl points to.
///
/// Used on the transfer thread only.
final class EasyHandle {
  let handle: UnsafeMutableRawPointer
  let order: ExchangeOrder
  private let receiver: any Receiver
  let upload: UploadBody?
  private var list: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>
  private var headers: [String: String] = [:]
  private var headerBytes = 0
  private var head: ResponseHead?
  var stopped: Diagnostic?

  init(
    _ order: ExchangeOrder, _ receiver: any Receiver, _ configuration: Downloader.Configuration
  ) throws(Diagnostic) {
    switch order.method {
    case .get, .head: upload = nil
    case .post, .put, .patch: upload = try UploadBody(order.body ?? .bytes([]), order.sent)
    }
    guard let handle = curl_easy_init() else { throw Diagnostic(.failed, "out of memory") }
    self.handle = handle
    self.order = order
    self.receiver = receiver
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try configure(configuration)
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(list)
    errorText.deallocate()
  }

  /// How it ended, once libcurl is done with it.
  func outcome(_ code: CURLcode) -> ExchangeOutcome {
    if let stopped { return ExchangeOutcome(head: head, failure: .stopped(stopped)) }
    if code == CURLE_FILE_COULDNT_READ_FILE, order.url.scheme == .file {
      return ExchangeOutcome(head: ResponseHead(status: 404, headers: [:], url: order.url.text))
    }
    guard code == CURLE_OK else {
      let own = String(cString: errorText)
      let text = own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
      return ExchangeOutcome(
        head: head, failure: TransferFailure(code, Self.uncapitalised(text)))
    }
    do { try begin() } catch { return ExchangeOutcome(head: head, failure: .stopped(error)) }
    return ExchangeOutcome(head: head)
  }

  private func configure(_ configuration: Downloader.Configuration) throws(Diagnostic) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    let file = order.url.scheme == .file
    try set(CURLOPT_URL, order.url.text)
    // A page on the network never leads to a file of this machine, nor https to http.
    try set(CURLOPT_PROTOCOLS_STR, order.url.scheme.rawValue)
    try set(CURLOPT_REDIR_PROTOCOLS_STR, order.url.scheme == .http ? "http,https" : "https")
    try set(CURLOPT_FOLLOWLOCATION, file || !order.followsRedirects ? 0 : 1)
    try set(CURLOPT_MAXREDIRS, configuration.maximumRedirects)
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    try set(CURLOPT_PIPEWAIT, 1)
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue))
    try set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.milliseconds)
    try set(CURLOPT_LOW_SPEED_LIMIT, configuration.minimumRate)
    try set(CURLOPT_LOW_SPEED_TIME, max(1, configuration.stallTimeout.milliseconds / 1000))
    try set(CURLOPT_BUFFERSIZE, 512 << 10)
    try set(CURLOPT_USERAGENT, configuration.userAgent)
    if let certificates = configuration.certificates { try set(CURLOPT_CAINFO, certificates) }
    if order.acceptsCompressed { try set(CURLOPT_ACCEPT_ENCODING, "") }
    if order.offset > 0 { try set(CURLOPT_RANGE, "\(order.offset)-") }
    for (name, value) in order.headers { try add(header: name, value) }
    if let authorization = order.authorization {
      try add(header: "Authorization", String(decoding: authorization.reveal(), as: UTF8.self))
    }
    try setMethod(context)
    try check(hardtack_curl_set_pointer(handle, CURLOPT_HTTPHEADER, list))
    try check(hardtack_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
    try check(hardtack_curl_set_pointer(handle, CURLOPT_PRIVATE, context))
    try check(hardtack_curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
    try check(hardtack_curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
    try check(
      hardtack_curl_set_data(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
        EasyHandle.from(context)?.receive(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
      })
    try check(
      hardtack_curl_set_data(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
        EasyHandle.from(context)?.header(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
      })
  }

  /// The text as it stands within a sentence: `SSL` stays as it is.
  private static func uncapitalised(_ text: String) -> String {
    guard let second = text.dropFirst().first, second.isLowercase else { return text }
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  private func add(header name: String, _ value: String) throws(Diagnostic) {
    let line = "\(name): \(value)"
    guard !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw Diagnostic(.usage, "the header '\(name)' has a control character in it")
    }
    guard let longer = curl_slist_append(list, line) else { throw Diagnostic(.failed, "out of memory") }
    list = longer
  }

  static func from(_ context: UnsafeMutableRawPointer?) -> EasyHandle? {
    // The handle is removed from libcurl before this object goes.
    context.map { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue() }
  }

  /// One line of a head. Each answer on the way, redirects and 100 included, begins anew.
  private func header(_ bytes: UnsafeRawBufferPointer) -> Int {
    headerBytes += bytes.count
    guard headerBytes <= 1 << 20 else {
      stopped = Diagnostic(.failed, "\(order.url.place) sends more than 1 MB of headers")
      return 0
    }
    // After the head these are trailers, which nothing here asks for.
    guard head == nil else { return bytes.count }
    let line = String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      headers = [:]
    } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
      let name = line[..<colon].lowercased()
      let value = Self.trimmed(line[line.index(after: colon)...])
      // Each of several is a question of its own, and any may be answered.
      if name == "www-authenticate", let others = headers[name] {
        headers[name] = others + ", " + value
      } else {
        headers[name] = value
      }
    }
    return bytes.count
  }

  private static func trimmed(_ text: Substring) -> String {
    func isBlank(_ character: Character) -> Bool { character.isWhitespace }
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(text[first...last])
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    do {
      try begin()
      try receiver.receive(bytes)
      return bytes.count
    } catch {
      stopped = error
      // Any other number than was given ends the exchange with CURLE_WRITE_ERROR.
      return bytes.count == 0 ? 1 : 0
    }
  }

  private func begin() throws(Diagnostic) {
    guard head == nil else { return }
    let status = hardtack_curl_long(handle, CURLINFO_RESPONSE_CODE, 0)
    let url = hardtack_curl_string(handle, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) }
    let head = ResponseHead(
      status: order.url.scheme == .file ? 200 : Int(status), headers: headers, url: url ?? order.url.text)
    self.head = head
    try receiver.begin(head)
  }

  func set(_ option: CURLoption, _ value: Int) throws(Diagnostic) {
    try check(hardtack_curl_set_long(handle, option, value))
  }

  func set(_ option: CURLoption, _ value: String) throws(Diagnostic) {
    try check(hardtack_curl_set_string(handle, option, value))
  }

  func check(_ code: CURLcode) throws(Diagnostic) {
    guard code == CURLE_OK else {
      throw Diagnostic(.failed, "libcurl can't be set up: \(String(cString: curl_easy_strerror(code)))")
    }
  }
}

extension Duration {
  /// Whole milliseconds, at least 1.
  var milliseconds: Int { max(1, Int(clamping: Int64((self / .milliseconds(1)).rounded()))) }
}
