import Essentials
import Glibc
import Images
import SystemPackage

/// The part of a boot in which machines run: starts them, waits for each, asks each.
struct PoolBoot: Sendable {
  var pools: PoolStore
  var request: BootRequest
  var emulator: Emulator
  var secrets: [String: Secret]
  /// What carries connections to services; nil where the guests reach none.
  var relay: FilePath?
  var progress: Progress

  /// - Parameters:
  ///   - record: is written again with each machine that starts, so that none is ever forgotten.
  ///   - indices: those of the instances to start.
  /// - Returns: the record with processes, units and times.
  func run(_ record: PoolRecord, _ indices: Range<Int>) async throws -> PoolRecord {
    var record = record
    let began = ContinuousClock.now
    let count = indices.count
    let stage = progress.stage(
      "starting \(count) \(count == 1 ? "instance" : "instances") with \(record.accelerator.rawValue)",
      items: count)
    do {
      for index in indices {
        try Task.checkCancellation()
        record.instances[index].process = try await start(record.instances[index], of: record)
        try pools.write(record)
      }
      let current = record
      record.instances = try await withThrowingTaskGroup(of: (Int, PoolRecord.Instance).self) { group in
        for index in indices {
          let instance = current.instances[index]
          group.addTask {
            (index, try await wait(for: instance, of: current, began: began, stage: stage))
          }
        }
        var instances = current.instances
        for try await (index, instance) in group {
          instances[index] = instance
          stage.advance(items: 1)
        }
        return instances
      }
    } catch {
      stage.finish()
      throw error
    }
    stage.finish()
    return record
  }

  private func start(
    _ instance: PoolRecord.Instance, of record: PoolRecord
  ) async throws -> ProcessIdentity {
    let machine = MachineArguments(
      image: request.image, accelerator: record.accelerator, instance: instance.name,
      identity: instance.identity, memory: request.memory, processors: request.processors,
      forwards: instance.forwards.map { .init(host: $0.host, guest: $0.guest) }, reach: request.reach,
      folder: pools.folder(of: instance, in: record),
      hasState: !request.image.machine.state.isEmpty,
      wanted: request.standby ? [request.image.machine.swap?.standby].compactMap { $0 } : [], credentials: [:]
    )
    let credentials = Credentials.all(
      secrets: secrets, role: record.role, instance: instance.name, release: record.release,
      image: record.image, reach: request.reach)
    let process = try await InstanceStart(
      emulator: emulator, machine: machine, folder: pools.folder(of: instance, in: record),
      stateSize: request.stateSize, credentials: credentials,
      relay: relay
    ).start()
    do { try ForwardBacklog.widen(instance.forwards.map(\.host), of: process.pid) } catch {
      progress.say(
        """
        warning: when many connections reach '\(instance.name)' at once, some may wait long or be lost: QEMU listens for two, and \
        can't be told otherwise: \(error.text); root may, and you may after 'sysctl kernel.yama.ptrace_scope=0'
        """)
    }
    return process
  }

  private func wait(
    for instance: PoolRecord.Instance, of record: PoolRecord, began: ContinuousClock.Instant,
    stage: Progress.Stage
  ) async throws -> PoolRecord.Instance {
    var instance = instance
    let folder = pools.folder(of: instance, in: record)
    let patience = request.patience ?? record.accelerator.patience
    let wait = StartWait(instance: instance, folder: folder, deadline: .now + patience, patience: patience)
    instance.units = try await wait.run { stage.detail("\(instance.name): \($0)") }
    let probe = SanityProbe(instance: instance.name, forwards: instance.forwards, role: record.role)
    let process = instance.process
    for check in request.awaitsSanity ? record.sanity : [] {
      stage.detail("\(instance.name): GET \(check.get)")
      do {
        try await probe.wait(for: check) { process?.isAlive ?? false }
      } catch let diagnostic as Diagnostic {
        throw wait.explained(diagnostic)
      }
    }
    instance.readyAfter = (ContinuousClock.now - began) / .milliseconds(1) / 1000
    return instance
  }
}
