// Works in a store until it's killed: a line of output for each thing done.
//
// Usage: StoreWorker STORE publish|group|tag|collect

import Essentials
import Storage
import SystemPackage

let arguments = CommandLine.arguments
let store = try Store(at: FilePath(arguments[1]), creating: true)

/// Unbuffered: a line is out as soon as its work is done.
func say(_ line: some CustomStringConvertible) throws {
  _ = try FileDescriptor.standardOutput.writeAll("\(line)\n".utf8)
}

/// A megabyte or two that tells its number; the same in every worker.
func content(_ number: Int) -> [UInt8] {
  Array(repeating: UInt8(truncatingIfNeeded: number), count: 1_000_000 + number) + Array("\(number)".utf8)
}

var number = 0
while true {
  number += 1
  switch arguments[2] {
  case "publish":
    try say(store.publish(content(number % 50)))
  case "group":
    let group = PublicationGroup(store)
    for member in 0..<5 {
      let ingest = try store.ingest(resuming: Digest(of: content((number + member) % 50)))
      try ingest.restart()
      try ingest.write(content((number + member) % 50))
      try group.add(ingest)
    }
    try group.publish()
    try say(number)
  case "tag":
    let bytes = Array("{\"number\": \(number % 20)}".utf8)
    let digest = try store.publish(bytes)
    try store.keep(Root(.image, "image\(number % 20)", digests: [digest]))
    try store.tag(Tag("release\(number % 7)", mediaType: "x/y", digest: digest, size: Int64(bytes.count)))
    try say(digest)
  default:
    try say(store.collect().blobs)
  }
}
