package import Essentials
import Glibc
import Images
package import Storage
import SystemPackage

extension PoolStore {
  /// What boots machines like those of a pool: as many, with its role and settings, on free ports. The values of
  /// secrets are kept nowhere, so they're to be given again.
  /// - Parameters:
  ///   - name: the pool's.
  ///   - image: its own, or another to be booted in the same way.
  /// - Throws: where an older hardtack started the pool.
  package func request(like name: String, image: BootImage) throws(Diagnostic) -> BootRequest {
    let record = try pool(name)
    var request = BootRequest(image: image)
    try use(settings(of: record), in: &request)
    request.port = nil
    request.role = record.role
    request.count = max(1, record.instances.count)
    request.storePath = record.store
    if image.digest == record.image { request.release = record.release }
    return request
  }

  /// Starts more instances in a pool that runs, of the same image and settings, and waits until they're ready. They have
  /// the lowest numbers that are free, and with a number the state disk that was kept under it.
  ///
  /// Where that fails, or the task is cancelled, the new instances are ended and taken out of the record (unless
  /// ``BootRequest/keepsFailed`` asks for them); the others are never touched.
  /// - Parameters:
  ///   - name: the pool's.
  ///   - request: the pool's own image, `count` for how many more, values of secrets, and how to wait. What the pool has
  ///     settled, such as memory, ports and role, stays so.
  /// - Throws: as ``boot(_:store:progress:)`` does; `usage` where the image is another, or the pool doesn't run.
  @discardableResult
  package func grow(
    _ name: String, with request: BootRequest, store: Store?, progress: Progress
  ) async throws -> PoolStatus {
    let emulator = try Emulator()
    _ = try pool(name)
    var request = request
    try requireStandby(request)
    let secrets = try Credentials.render(request.image.machine.secrets, values: request.secrets)
    let lock = try lock(name)
    defer { withExtendedLifetime(lock) {} }
    var record = adopting(try pool(name))
    try use(settings(of: record), in: &request)
    let numbers = try numbers(of: request, in: record)
    let relay = try relayProgram(for: request, pool: name)
    try HostResources.checkMemory(instances: request.count, memory: request.memory)
    let forwards = try PortPlan(pools: self).forwards(for: request, numbers: numbers)
    let starter = ProcessIdentity(running: getpid())
    let added = zip(numbers, forwards).map { number, forwards in
      PoolRecord.Instance(
        name: "\(name)-\(number)", identity: Self.freshIdentity(), forwards: forwards, process: nil,
        starter: starter)
    }
    try checkDisk(request, record, added)
    let first = record.instances.count
    record.instances += added
    try write(record)
    try store?.keep(Root(.pool, name, digests: [record.image]))
    let boot = PoolBoot(
      pools: self, request: request, emulator: emulator, secrets: secrets, relay: relay, progress: progress)
    do {
      record = try await boot.run(record, first..<record.instances.count)
      for index in first..<record.instances.count { record.instances[index].starter = nil }
      try write(record)
    } catch {
      // Where even that can't be recorded, as on a full disk, the first reason is the one to know.
      try? retract(
        Set(added.map(\.name)), of: name,
        keeping: request.keepsFailed && !(error is CancellationError))
      throw error
    }
    return PoolStatus(record, in: self)
  }

  private func settings(of record: PoolRecord) throws(Diagnostic) -> PoolSettings {
    guard let settings = record.settings else {
      throw Diagnostic(
        .failed, "an older hardtack started the pool '\(record.name)' and didn't keep its settings",
        hints: ["boot a pool anew, with all that it needs"])
    }
    return settings
  }

  private func use(_ settings: PoolSettings, in request: inout BootRequest) {
    request.memory = settings.memory
    request.processors = settings.processors
    request.stateSize = settings.stateSize
    request.port = settings.port
    request.guestPorts = settings.guestPorts
    request.reach = settings.reach
  }

  private func numbers(of request: BootRequest, in record: PoolRecord) throws(Diagnostic) -> [Int] {
    guard record.instances.contains(where: { $0.process?.isAlive ?? false }), record.phase == .ready else {
      throw Diagnostic(
        .usage, "the pool '\(record.name)' isn't one that runs", hints: ["'hardtack boot' starts one"])
    }
    guard request.image.digest == record.image else {
      throw Diagnostic(
        .usage,
        "the pool '\(record.name)' runs the image \(record.image.short), not \(request.image.digest.short)",
        hints: ["boot another image as a pool of its own"])
    }
    guard request.count >= 1, record.instances.count + request.count <= 64 else {
      throw Diagnostic(
        .usage, "a pool has 64 instances at most: '\(record.name)' has \(record.instances.count) already")
    }
    let taken = Set(record.instances.map(\.name))
    let free = (1...128).filter { !taken.contains("\(record.name)-\($0)") }
    return Array(free.prefix(request.count))
  }

  /// Ends instances that didn't become ready.
  private func retract(_ names: Set<String>, of pool: String, keeping: Bool) throws(Diagnostic) {
    var record = adopting(try self.pool(pool))
    for (index, instance) in record.instances.enumerated() where names.contains(instance.name) {
      record.instances[index].starter = nil
      guard !keeping else { continue }
      if let process = instance.process { Ending.kill(process) }
      LogKeeper.finish(in: folder(of: instance, in: record))
    }
    if !keeping { record.instances.removeAll { names.contains($0.name) } }
    try write(record)
  }
}
