import Essentials
import FoundationEssentials

/// One message from QEMU, as the QEMU Machine Protocol has them: a JSON object a line.
enum QMPMessage: Hashable {
  case greeting
  /// A command succeeded; what it returned as text where that was one, or has a `status`.
  case success(status: String?)
  /// A command failed.
  case failure(String)
  /// Something happened, as `SHUTDOWN`.
  case event(String)

  /// The message that one line spells, or nil where it is none.
  init?(line: some Collection<UInt8>) {
    guard let record = try? JSONDecoder().decode(Record.self, from: Data(Array(line))) else { return nil }
    if record.QMP != nil {
      self = .greeting
    } else if let error = record.error {
      self = .failure(error.desc ?? "no reason given")
    } else if let event = record.event {
      self = .event(event)
    } else if record.`return` != nil {
      self = .success(status: record.`return`?.status)
    } else {
      return nil
    }
  }

  private struct Record: Decodable {
    struct Anything: Decodable {
      init(from decoder: any Decoder) throws {}
    }
    struct Failure: Decodable { var desc: String? }
    struct Answer: Decodable {
      var status: String?

      private enum CodingKeys: CodingKey { case status }

      init(from decoder: any Decoder) throws {
        let container = try? decoder.container(keyedBy: CodingKeys.self)
        status = try container?.decodeIfPresent(String.self, forKey: .status)
      }
    }
    var QMP: Anything?
    var error: Failure?
    var event: String?
    var `return`: Answer?
  }
}
