package import Reconciler

/// The provider of type `simulated`: a ``SimulatedCloud`` behind a lock, driven by a clock.
///
/// It keeps its instances in memory: they end with the process, as after a power cut in the data centre.
package final class SimulatedProvider: Provider {
    /// How often ``run(deliver:)`` looks for due heartbeats.
    static let pace: Duration = .milliseconds(200)

    private let cloud: Locked<SimulatedCloud>
    private let time: any TimeSource

    package init(spec: SimulatedSpec, time: any TimeSource) {
        cloud = Locked(SimulatedCloud(spec: spec))
        self.time = time
    }

    /// Takes new settings over; the instances stay.
    package func update(_ spec: SimulatedSpec) {
        cloud.with { $0.spec = spec }
    }

    /// See ``Provider``; fails as the spec says.
    package func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let now = time.now()
        return try locked { (cloud) throws(ProviderFailure) in
            try cloud.list(owner: owner, region: region, at: now)
        }
    }

    /// See ``Provider``; fails as the spec says.
    package func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let now = time.now()
        return try locked { (cloud) throws(ProviderFailure) in try cloud.create(request, at: now) }
    }

    /// See ``Provider``; fails as the spec says.
    package func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let now = time.now()
        try locked { (cloud) throws(ProviderFailure) in try cloud.destroy(instance, at: now) }
    }

    /// The heartbeats that are due by `now`.
    package func heartbeats(at now: Timestamp) -> [(NodeID, Heartbeat)] {
        cloud.with { $0.heartbeats(at: now) }
    }

    /// Every instance that is not gone, of every owner, for a look from outside.
    package var living: [InstanceTags] { cloud.current.living }

    /// A client was sent to `node`; see ``SimulatedCloud/assigned(_:stream:action:at:)``.
    package func assigned(_ node: NodeID, stream: StreamKey, action: StreamAction, at now: Timestamp) {
        cloud.with { $0.assigned(node, stream: stream, action: action, at: now) }
    }

    /// The node's agent does as the manager said.
    package func obey(_ node: NodeID, _ directive: Directive, at now: Timestamp) {
        cloud.with { $0.obey(node, directive, at: now) }
    }

    /// The instance vanishes at once.
    package func kill(_ node: NodeID, at now: Timestamp) {
        cloud.with { $0.kill(node, at: now) }
    }

    /// The simulated agents: passes due heartbeats to `deliver` and obeys the answers, until the task is cancelled.
    ///
    /// `deliver` returns nil when the manager does not know the node; then nothing is obeyed.
    package func run(deliver: @Sendable (NodeID, Heartbeat) -> HeartbeatAnswer?) async throws {
        while true {
            let now = time.now()
            for (node, heartbeat) in heartbeats(at: now) {
                if let answer = deliver(node, heartbeat) { obey(node, answer.directive, at: now) }
            }
            try await time.sleep(for: Self.pace)
        }
    }

    /// `Locked.with` loses the type of the error; a `Result` carries it across.
    private func locked<Value>(
        _ body: (inout SimulatedCloud) throws(ProviderFailure) -> Value
    ) throws(ProviderFailure) -> Value {
        let result: Result<Value, ProviderFailure> = cloud.with { cloud in
            do throws(ProviderFailure) {
                return .success(try body(&cloud))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
