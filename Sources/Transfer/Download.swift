import Essentials
import Storage

/// One artifact on its way into the store, over however many attempts.
// The task that fetches it and the transfer thread take turns: the task touches it only while no exchange is
// under way, and handing over the order and the outcome puts their accesses in order.
final class Download: Receiver, @unchecked Sendable {
  let artifact: Artifact
  private let store: Store
  private let stage: Progress.Stage
  private(set) var ingest: Ingest
  /// Where the current attempt began, in bytes.
  private var offset: Int64 = 0
  /// The most bytes that were ever there. Only what goes beyond is progress: a server that begins anew each time and
  /// breaks off each time gets nowhere.
  private var furthest: Int64 = 0
  private var url: ResourceURL?
  /// What the receiver thinks of the source, where it ended the exchange.
  private var verdict: RetryPlan.Verdict?

  init(_ artifact: Artifact, _ store: Store, _ stage: Progress.Stage) throws(Diagnostic) {
    self.artifact = artifact
    self.store = store
    self.stage = stage
    ingest = try store.ingest(resuming: artifact.digest)
    if ingest.count > artifact.size { try ingest.restart() }
    furthest = ingest.count
    stage.advance(bytes: ingest.count)
  }

  /// Whether every byte is there, right or wrong.
  var isComplete: Bool { ingest.count == artifact.size }

  /// What to ask `url` for: what is still missing.
  func order(_ url: ResourceURL) throws(Diagnostic) -> ExchangeOrder {
    // A file is copied from its beginning; it is there in no time.
    if url.scheme == .file { try restart() }
    self.url = url
    offset = ingest.count
    verdict = nil
    var order = ExchangeOrder(url: url, offset: offset)
    if offset > 0, let validator = ResumeNote(ingest.resumeNote)?.validator(for: url) {
      // Where the file was replaced meanwhile, the server sends all of the new one.
      order.headers.append(("If-Range", validator))
    }
    return order
  }

  /// Begins again from nothing.
  func restart() throws(Diagnostic) {
    guard ingest.count > 0 else { return }
    stage.advance(bytes: -ingest.count)
    try ingest.restart()
  }

  /// Begins again after a commit that found it wrong, which took the file away.
  func replace() throws(Diagnostic) {
    stage.advance(bytes: -ingest.count)
    ingest = try store.ingest(resuming: artifact.digest)
    try ingest.restart()
  }

  /// What is to be stored once every byte is there: those, or what they unpack to.
  /// - Throws: `verificationFailed` where they aren't what is pinned and are to be unpacked.
  func content() throws(Diagnostic) -> Ingest {
    guard let content = artifact.content else { return ingest }
    let packed = try ingest.seal(expecting: artifact.digest, size: artifact.size).path
    let unpacked = try store.ingest()
    let reader = try ArchiveReader(path: packed, format: .raw)
    if try reader.next() != nil {
      try reader.forEachBlock { (block: UnsafeRawBufferPointer) throws(Diagnostic) in
        guard unpacked.count + Int64(block.count) <= content.size else {
          throw Diagnostic(.verificationFailed, "it unpacks to more than \(content.size) bytes")
        }
        try unpacked.write(block)
      }
    }
    ingest.abandon()
    return unpacked
  }

  /// What an attempt's end means; nil where every byte is there.
  /// - Throws: what no other source can help: a full disk, a cancelled task.
  func judge(_ outcome: ExchangeOutcome, _ url: ResourceURL) throws -> RetryPlan.Verdict? {
    let progressed = ingest.count - furthest >= 1 << 20
    furthest = max(furthest, ingest.count)
    switch outcome.failure {
    case .cancelled: throw CancellationError()
    case .stopped(let diagnostic):
      guard let verdict else { throw diagnostic }
      return verdict
    case .unreachable(let reason), .interrupted(let reason):
      return .transient(.notReached(artifact.label, url, reason), progressed: progressed)
    case .refused(let reason): return .wrong(.notReached(artifact.label, url, reason))
    case .untrusted(let reason): return .wrong(.untrusted(url, reason))
    case nil:
      guard !isComplete else { return nil }
      let reason = "the answer ended after \(ingest.count) of \(artifact.size) bytes"
      return .transient(.notReached(artifact.label, url, reason), progressed: progressed)
    }
  }

  /// What it means that all bytes are there and have another digest.
  func judgeMismatch(_ url: ResourceURL, _ found: Diagnostic) -> RetryPlan.Verdict {
    unsure(.wrongContent(artifact.label, url, "isn't what is pinned: \(found.message)", artifact.source))
  }

  func begin(_ head: ResponseHead) throws(Diagnostic) {
    guard let url else { throw Diagnostic(.bug, "an answer came before the request") }
    switch head.status {
    case 200:
      try restart()
      offset = 0
      if head.headers["content-encoding"] == nil, let text = head.headers["content-length"],
        Int64(text) != artifact.size
      {
        let reason = "has \(text.prefix(20)) bytes where \(artifact.size) are pinned"
        throw stop(.wrong(.wrongContent(artifact.label, url, reason, artifact.source)))
      }
      ingest.resumeNote = ResumeNote(url, head.headers)?.text
    case 206:
      let range = ContentRange(head.headers["content-range"] ?? "")
      guard offset > 0, let range, range.first == offset, range.total == nil || range.total == artifact.size
      else {
        let diagnostic = Diagnostic.wrongContent(
          artifact.label, url, "was answered with another range than asked", artifact.source)
        throw stop(unsure(diagnostic), restarting: true)
      }
    case 416 where offset > 0:
      throw stop(.again(.status(artifact.label, url, head.status, artifact.source)), restarting: true)
    case 408, 425, 429, 500...599:
      throw stop(
        .transient(
          .status(artifact.label, url, head.status, artifact.source),
          notBefore: Response.retryAfter(head.headers)))
    default:
      throw stop(.wrong(.status(artifact.label, url, head.status, artifact.source)))
    }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    guard let url else { throw Diagnostic(.bug, "an answer came before the request") }
    guard ingest.count + Int64(bytes.count) <= artifact.size else {
      let reason = "is longer than the \(artifact.size) bytes that are pinned"
      throw stop(unsure(.wrongContent(artifact.label, url, reason, artifact.source)), restarting: true)
    }
    try ingest.write(bytes)
    stage.advance(bytes: Int64(bytes.count))
  }

  /// The source is wrong, unless bytes of an earlier attempt are to blame.
  private func unsure(_ diagnostic: Diagnostic) -> RetryPlan.Verdict {
    offset > 0 ? .again(diagnostic) : .wrong(diagnostic)
  }

  private func stop(_ verdict: RetryPlan.Verdict, restarting: Bool = false) -> Diagnostic {
    self.verdict = verdict
    do { if restarting { try restart() } } catch { return error }
    return Diagnostic(.failed, "the answer isn't used")
  }
}
