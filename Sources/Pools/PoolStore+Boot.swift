package import Essentials
import Glibc
import Images
package import Storage
import SystemPackage

extension PoolStore {
  /// Starts a pool and waits until every instance has started and passes its image's sanity checks.
  ///
  /// Where that fails, or the task is cancelled, no machine is left running (unless ``BootRequest/keepsFailed`` asks
  /// for it); logs and state disks stay in the pool's folder. What can be found out before a machine starts is: ports,
  /// memory, disk, secrets, QEMU.
  /// - Parameter store: keeps the image for as long as the pool runs.
  /// - Throws: `usage` for values or ports that don't fit; `locked` where the pool is being changed; `checkFailed`
  ///   where an instance doesn't come up as it should, with its logs' ends.
  @discardableResult
  package func boot(
    _ request: BootRequest, store: Store?, progress: Progress
  ) async throws -> PoolStatus {
    do {
      return try await start(request, store: store, progress: progress)
    } catch let diagnostic as Diagnostic {
      // It's not the store that can't be written to.
      var diagnostic = diagnostic
      diagnostic.hints = diagnostic.hints.map {
        $0.replacing("name another folder with --store", with: "set HARDTACK_STATE to another folder")
      }
      throw diagnostic
    }
  }

  private func start(
    _ request: BootRequest, store: Store?, progress: Progress
  ) async throws -> PoolStatus {
    let emulator = try Emulator()
    let name = try name(for: request)
    let secrets = try Credentials.render(request.image.machine.secrets, values: request.secrets)
    let lock = try lock(name)
    defer { withExtendedLifetime(lock) {} }
    try refuseRunning(name)
    let relay = try relayProgram(for: request, pool: name)
    try HostResources.checkMemory(instances: request.count, memory: request.memory)
    try DurableFile.createFolder(folder(of: name), mode: 0o700)
    let forwards = try PortPlan(pools: self).forwards(for: request, numbers: Array(1...request.count))
    var record = try record(name, request, forwards)
    try checkDisk(request, record, record.instances)
    let accelerator: Accelerator
    if let chosen = request.accelerator {
      accelerator = chosen
    } else {
      accelerator = try await Accelerator.probe(emulator, kernel: request.image.kernel, cache: folder)
    }
    record.accelerator = accelerator

    try write(record)
    try store?.keep(Root(.pool, name, digests: [record.image]))
    let boot = PoolBoot(
      pools: self, request: request, emulator: emulator, secrets: secrets, relay: relay,
      progress: progress)
    do {
      record = try await boot.run(record, record.instances.indices)
      record.phase = .ready
      record.starter = nil
      try write(record)
    } catch {
      // Where even that can't be recorded, as on a full disk, the first reason is the one to know.
      try? give(up: record, store: store, reason: error, keeping: request.keepsFailed)
      throw error
    }
    return PoolStatus(record, in: self)
  }

  private func name(for request: BootRequest) throws(Diagnostic) -> String {
    let name = request.name ?? request.image.machine.recipe
    guard Self.isName(name) else {
      throw Diagnostic(
        .usage, "'\(name)' can't name a pool",
        hints: ["use 40 lower-case letters, digits and hyphens at most, as in --name logic-blue"])
    }
    guard (1...64).contains(request.count) else {
      throw Diagnostic(.usage, "a pool has 1 to 64 instances, not \(request.count)")
    }
    guard request.memory >= 128, request.processors >= 1 else {
      throw Diagnostic(.usage, "an instance needs at least 128 MiB of memory and one processor")
    }
    try requireStandby(request)
    return name
  }

  func requireStandby(_ request: BootRequest) throws(Diagnostic) {
    guard !request.standby || request.image.machine.swap?.standby != nil else {
      throw Diagnostic(
        .usage, "the image of '\(request.image.machine.recipe)' has no unit of standby",
        hints: ["name one in the recipe, as in swap: {standby: app-standby.service}, and bake anew"])
    }
  }

  /// What carries connections to the services that are asked for; nil where there are none.
  func relayProgram(for request: BootRequest, pool name: String) throws(Diagnostic) -> FilePath? {
    guard !request.reach.isEmpty else { return nil }
    try Reach.requireDistinct(request.reach)
    let longest = folder(of: name).appending("\(name)-64")
    for way in request.reach
    where RelayProgram.option(way, in: longest).utf8.count > RelayProgram.optionLimit {
      throw Diagnostic(
        .failed, "the path of the pools' folder is too long for QEMU: \(folder)",
        hints: ["set HARDTACK_STATE to a folder with a shorter path"])
    }
    if let relay { return relay }
    return try RelayProgram.find()
  }

  /// A pool that has ended makes way; its state disks are used again.
  private func refuseRunning(_ name: String) throws(Diagnostic) {
    guard exists(name) else { return }
    let record = adopting(try pool(name))
    let running = record.instances.filter { $0.process?.isAlive ?? false }
    guard running.isEmpty else {
      throw Diagnostic(
        .usage, "the pool '\(name)' is running with \(running.count) of \(record.instances.count) instances",
        hints: ["stop it with 'hardtack stop \(name)', or give this one another name with --name"])
    }
  }

  private func record(
    _ name: String, _ request: BootRequest, _ forwards: [[PoolRecord.Forward]]
  ) throws(Diagnostic) -> PoolRecord {
    let instances = forwards.enumerated().map { index, forwards in
      PoolRecord.Instance(
        name: "\(name)-\(index + 1)", identity: Self.freshIdentity(), forwards: forwards, process: nil)
    }
    return PoolRecord(
      name: name, image: request.image.digest, recipe: request.image.machine.recipe,
      release: request.release, role: request.role, accelerator: .tcg, created: Int64(time(nil)),
      phase: .starting, failure: nil, store: request.storePath,
      starter: ProcessIdentity(running: getpid()), sanity: request.image.machine.sanity,
      swap: request.image.machine.swap, settings: request.settings, instances: instances)
  }

  func checkDisk(
    _ request: BootRequest, _ record: PoolRecord, _ instances: [PoolRecord.Instance]
  ) throws(Diagnostic) {
    guard !request.image.machine.state.isEmpty else { return }
    let fresh = instances.filter { instance in
      access(folder(of: instance, in: record).appending(InstanceFiles.state).string, F_OK) != 0
    }
    guard (1 << 20...1 << 44).contains(request.stateSize) else {
      throw Diagnostic(.usage, "a state disk has 1 MB to 16 TB, not \(ByteCount(request.stateSize))")
    }
    try HostResources.checkDisk(Int64(fresh.count) * request.stateSize, in: folder(of: record.name))
  }

  /// Ends what a failed start left, and records why.
  private func give(
    up record: PoolRecord, store: Store?, reason: any Error, keeping: Bool
  ) throws(Diagnostic) {
    var record = adopting(exists(record.name) ? try pool(record.name) : record)
    record.phase = .failed
    record.starter = nil
    record.failure = (reason as? Diagnostic)?.message ?? "the start was interrupted"
    if !keeping || reason is CancellationError {
      for index in record.instances.indices {
        if let process = record.instances[index].process { Ending.kill(process) }
        LogKeeper.finish(in: folder(of: record.instances[index], in: record))
        record.instances[index].process = nil
      }
      try store?.forget(.pool, record.name)
    }
    try write(record)
  }

  /// The record with the processes of instances that were started and not yet recorded.
  func adopting(_ record: PoolRecord) -> PoolRecord {
    var record = record
    for (index, instance) in record.instances.enumerated() where instance.process == nil {
      record.instances[index].process = InstanceStart.process(
        in: folder(of: instance, in: record), identity: instance.identity)
    }
    return record
  }

  /// A random identity, as RFC 9562 has version 4.
  static func freshIdentity() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0 ... .max) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let text = Hexadecimal.text(bytes)
    var groups: [Substring] = []
    var rest = text[...]
    for count in [8, 4, 4, 4, 12] {
      groups.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return groups.joined(separator: "-")
  }
}
