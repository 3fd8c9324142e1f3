internal import Foundation
package import Reconciler

/// The provider of type `process`: nodes are processes of this machine, each in its own session, directory and log.
///
/// They outlive the manager; the next one adopts them from their records. A process is only ever signalled when its
/// number and its start time are those recorded, when it belongs to that process's own session, or when it began with
/// the node's token in its environment.
package final class ProcessProvider: Provider {
    /// One queue for all process providers of the daemon: the machine's ports are theirs in common.
    private static let worker = BlockingWorker("smreconcile.processes")

    private let spec: ProcessSpec
    private let work: ProcessWork

    /// `root` is `<data>/nodes`; each node of this provider has the directory `<root>/<name>/<node>`.
    package init(name: String, spec: ProcessSpec, root: String, time: any TimeSource) {
        self.spec = spec
        // Nodes are told this path and have working directories of their own.
        let root = root.hasPrefix("/") ? root : FileManager.default.currentDirectoryPath + "/" + root
        work = ProcessWork(records: InstanceRecords(root: root, provider: name), time: time)
    }

    /// Those whose process lives. Sees to it that what was left behind or owed a KILL ends.
    package func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let (work, stopTimeout, now) = (work, spec.stopTimeout, ContinuousClock.now)
        return try await Self.worker.run { () throws(ProviderFailure) in
            try work.list(owner: owner, region: region, stopTimeout: stopTimeout, askedAt: now)
        }
    }

    /// Writes the intent down, then starts the role's command; returns when it runs.
    package func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let (work, spec, now) = (work, spec, ContinuousClock.now)
        return try await Self.worker.run { () throws(ProviderFailure) in
            try work.create(request, spec, askedAt: now)
        }
    }

    /// Returns when TERM was sent. KILL follows after `stopTimeout`: from here, or from a later list or destroy of
    /// any manager over the same directory, for the time of the TERM is in the record.
    package func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let (work, stopTimeout, now) = (work, spec.stopTimeout, ContinuousClock.now)
        let isStopping = try await Self.worker.run { () throws(ProviderFailure) in
            try work.destroy(instance, stopTimeout: stopTimeout, askedAt: now)
        }
        guard isStopping else { return }
        let delay = stopTimeout + .milliseconds(50)
        Self.worker.after(delay) {
            _ = try? work.destroy(instance, stopTimeout: stopTimeout, askedAt: now + delay)
        }
    }
}
