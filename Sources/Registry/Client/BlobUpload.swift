import Essentials
import Images
import SystemPackage
import Transfer

/// A file on its way into a repository, over however many attempts.
///
/// A small one goes in one request, a larger one in chunks; what breaks off goes on from where the registry says it is.
/// Source: OCI distribution specification 1.1, "Pushing blobs".
struct BlobUpload {
  /// In bytes.
  static let chunkSize: Int64 = 16 << 20

  let client: RegistryClient
  let digest: Digest
  let file: FilePath
  /// In bytes.
  let size: Int64
  let stage: Progress.Stage
  /// Where the registry takes what is next; nil before it has said so.
  private var location: ResourceURL?
  /// How many bytes the registry has.
  private var offset: Int64 = 0
  /// The most bytes that it ever had: only what goes beyond is progress.
  private var furthest: Int64 = 0
  private var chunkSize = Self.chunkSize
  private var hasFailed = false

  init(
    _ client: RegistryClient, _ digest: Digest, _ file: FilePath, size: Int64, _ stage: Progress.Stage
  ) {
    self.client = client
    self.digest = digest
    self.file = file
    self.size = size
    self.stage = stage
  }

  mutating func run() async throws {
    var upload = self
    try await client.downloader.retrying {
      do {
        try await upload.attempt()
      } catch var failure as TransientFailure {
        failure.progressed = upload.offset - upload.furthest >= 1 << 20
        upload.furthest = max(upload.furthest, upload.offset)
        upload.hasFailed = true
        try await upload.findPlace()
        throw failure
      }
    }
    self = upload
  }

  private mutating func attempt() async throws {
    if location == nil {
      // An answer that got lost may have been the last.
      if hasFailed, try await client.hasBlob(digest) { return stage.advance(bytes: size) }
      try await begin()
    }
    if size <= chunkSize, offset == 0 { return try await finish(sending: 0..<size) }
    while offset < size { try await sendChunk() }
    try await finish(sending: size..<size)
  }

  private mutating func begin() async throws {
    let request = Request(try client.url("blobs/uploads/"), method: .post, limit: 1 << 20)
    let response = try await RegistryAnswer.send(request, by: client.downloader)
    guard response.status == 202 else { throw client.failure(response, to: request) }
    try take(response)
    if let text = response.headers["oci-chunk-min-length"], let least = Int64(text) {
      chunkSize = max(Self.chunkSize, min(least, 1 << 30))
    }
    offset = 0
  }

  private mutating func sendChunk() async throws {
    let range = offset..<min(size, offset + chunkSize)
    let response = try await send(
      .patch, try place(), range,
      [
        ("Content-Type", "application/octet-stream"),
        ("Content-Range", "\(range.lowerBound)-\(range.upperBound - 1)"),
      ])
    try take(response)
    // The registry need not have taken all of it.
    let end = Self.end(response) ?? range.upperBound
    // One that takes nothing would be sent the same for ever.
    guard range.contains(end - 1) else {
      stage.advance(bytes: range.lowerBound - range.upperBound)
      throw lost()
    }
    offset = end
    if offset < range.upperBound { stage.advance(bytes: offset - range.upperBound) }
  }

  private mutating func finish(sending range: Range<Int64>) async throws {
    let place = try place()
    let url = try place.resolving(
      place.text + (place.text.contains("?") ? "&" : "?") + FormEncoding.text([("digest", "\(digest)")]))
    let response = try await send(.put, url, range, [("Content-Type", "application/octet-stream")])
    offset = size
    try client.check(response, has: digest)
  }

  private mutating func send(
    _ method: Request.Method, _ url: ResourceURL, _ range: Range<Int64>,
    _ headers: [(name: String, value: String)]
  ) async throws -> Response {
    let sent = SentBytes(stage)
    var request = Request(
      url, method: method, headers: headers, body: .file(file, range), limit: 1 << 20)
    request.sent = { sent.add($0) }
    do {
      let response = try await RegistryAnswer.send(request, by: client.downloader)
      switch response.status {
      case 201, 202, 204: return response
      // The upload is gone, or isn't where it was thought to be; or what came isn't what was sent.
      case 404, 416: throw lost()
      case 400 where !Set(RegistryAnswer.codes(response)).isDisjoint(with: Self.lostCodes):
        // All of it may be there, and wrong.
        location = nil
        throw lost()
      default: throw client.failure(response, to: request)
      }
    } catch {
      sent.takeBack()
      throw error
    }
  }

  private static let lostCodes: Set = [
    "BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN", "DIGEST_INVALID", "RANGE_INVALID",
  ]

  private func lost() -> TransientFailure {
    TransientFailure(
      Diagnostic(
        .failed, "\(client.reference.host) has lost what was sent of \(digest.short)",
        hints: ["the registry is in trouble, or something on the way changes what is sent; try later"]))
  }

  /// Asks where to go on after a failure. The upload is begun anew where the registry can't tell.
  private mutating func findPlace() async throws {
    let (before, place) = (offset, location)
    location = nil
    offset = 0
    if size > chunkSize, let place,
      let response = try? await client.downloader.send(Request(place, limit: 1 << 20)), response.status == 204
    {
      try take(response)
      offset = min(size, Self.end(response) ?? 0)
    }
    stage.advance(bytes: offset - before)
  }

  private func place() throws(Diagnostic) -> ResourceURL {
    guard let location else { throw Diagnostic(.bug, "an upload goes on that hasn't begun") }
    return location
  }

  private mutating func take(_ response: Response) throws(Diagnostic) {
    guard let text = response.headers["location"] else {
      throw Diagnostic(.failed, "\(client.reference.host) doesn't say where it takes what is pushed")
    }
    // It isn't shown: the way to go on with an upload is often all that's needed to write there.
    guard let next = try? response.url.resolving(text) else {
      throw Diagnostic(
        .verificationFailed, "\(client.reference.host) names a place for what is pushed that isn't used",
        hints: [
          "it has to be an address of http or https, and of https where the registry is asked over https"
        ])
    }
    location = next
  }

  /// The end of `Range: 0-1023` in an upload's state: the last byte is named, so nothing is `0-0` or left out.
  private static func end(_ response: Response) -> Int64? {
    guard let text = response.headers["range"], let dash = text.lastIndex(of: "-"),
      let last = Int64(text[text.index(after: dash)...]), last >= 0
    else { return nil }
    return last == 0 ? 0 : min(last, .max - 1) + 1
  }
}
