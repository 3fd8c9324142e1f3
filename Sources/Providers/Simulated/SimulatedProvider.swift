package import Reconciler

/// The provider of type `simulated`: a ``SimulatedCloud`` behind a lock, driven by a clock.
///
/// With a file its instances outlive the process, as those of a real cloud do; their clients do not. The file follows
/// within ``saveDelay``: instances made in the last moment before a crash are lost, as in a power cut. Without a file
/// all of them are.
package final class SimulatedProvider: Provider {
    /// From a change to its writing; many changes at once are one writing.
    static let saveDelay: Duration = .milliseconds(100)

    private let world: Locked<World>
    /// Clients that were sent to nodes and that the cloud does not know of yet: requests wait for nobody's look at the cloud.
    private let sent = Locked<[Assignment]>([])
    private let time: any TimeSource
    private let file: String?
    private let worker = BlockingWorker("smreconcile.simulated")
    /// The newest version whose writing was asked for, and the one in the file.
    private let savedVersion = Locked<Int>(0)
    private let writtenVersion = Locked<Int>(0)

    private struct World: Sendable {
        var cloud: SimulatedCloud
        /// Takes the place of ``SimulatedProvider/sent`` at each look, so that there is always room there already.
        var taken: [Assignment] = []
    }

    private struct Assignment: Sendable {
        let node: NodeID
        let stream: StreamKey
        let action: StreamAction
        let at: Timestamp
    }

    /// A cloud in memory alone.
    package init(spec: SimulatedSpec, time: any TimeSource) {
        world = Locked(World(cloud: SimulatedCloud(spec: spec)))
        self.time = time
        file = nil
    }

    /// The cloud that is in `file`, or an empty one that will be there.
    init(spec: SimulatedSpec, time: any TimeSource, file: String) throws(SystemError) {
        let snapshot = try SimulatedSnapshot.read(file)
        let cloud =
            snapshot.map { SimulatedCloud(spec: spec, snapshot: $0, at: time.now()) } ?? SimulatedCloud(spec: spec)
        world = Locked(World(cloud: cloud))
        self.time = time
        self.file = file
    }

    /// Takes new settings over; the instances stay.
    package func update(_ spec: SimulatedSpec) {
        inCloud { $0.spec = spec }
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
        defer { save() }
        let now = time.now()
        return try locked { (cloud) throws(ProviderFailure) in try cloud.create(request, at: now) }
    }

    /// See ``Provider``; fails as the spec says.
    package func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        defer { save() }
        let now = time.now()
        try locked { (cloud) throws(ProviderFailure) in try cloud.destroy(instance, at: now) }
    }

    /// The heartbeats that are due by `now`.
    package func heartbeats(at now: Timestamp) -> [(NodeID, Heartbeat)] {
        inCloud { $0.heartbeats(at: now) }
    }

    /// See ``SimulatedCloud/census(at:)``.
    package func census(at now: Timestamp) -> [SimulatedStanding]? { inCloud { $0.census(at: now) } }

    /// Every instance that is not gone, of every owner, for a look from outside.
    package var living: [InstanceTags] { inCloud { $0.living } }

    /// See ``SimulatedCloud/clients(of:)``.
    package func clients(of node: NodeID) -> Int { inCloud { $0.clients(of: node) } }

    /// A client was sent to `node`; see ``SimulatedCloud/assigned(_:stream:action:at:)``.
    package func assigned(_ node: NodeID, stream: StreamKey, action: StreamAction, at now: Timestamp) {
        let isFull = sent.with { sent in
            sent.append(Assignment(node: node, stream: stream, action: action, at: now))
            return sent.count >= Self.mostSent
        }
        if isFull { inCloud { _ in } }
    }

    /// Clients that wait for a look at the cloud: half a second of as many as the API answers on one core.
    private static let mostSent = 65_536

    /// The node's agent does as the manager said.
    package func obey(_ node: NodeID, _ directive: Directive, at now: Timestamp) {
        inCloud { $0.obey(node, directive, at: now) }
        save()
    }

    /// The instance vanishes at once.
    package func kill(_ node: NodeID, at now: Timestamp) {
        inCloud { $0.kill(node, at: now) }
        save()
    }

    /// Writes the instances to the file soon, unless that is under way already or nothing changed.
    ///
    /// A disk that takes nothing costs the simulated instances their life beyond the process, and nothing else.
    private func save() {
        guard let file else { return }
        let version = inCloud { $0.version }
        let isNews = savedVersion.with { saved in
            defer { saved = version }
            return saved != version
        }
        guard isNews else { return }
        worker.after(Self.saveDelay) { [self] in
            let (snapshot, version) = inCloud { ($0.snapshot, $0.version) }
            guard writtenVersion.with({ $0 != version }) else { return }
            do {
                try snapshot.write(to: file)
                writtenVersion.replace(with: version)
            } catch {}
        }
    }

    /// With the cloud, which then knows of every client until now.
    private func inCloud<Result>(_ body: (inout SimulatedCloud) throws -> Result) rethrows -> Result {
        try world.with { world throws in
            sent.with { swap(&$0, &world.taken) }
            for each in world.taken {
                world.cloud.assigned(each.node, stream: each.stream, action: each.action, at: each.at)
            }
            world.taken.removeAll(keepingCapacity: true)
            return try body(&world.cloud)
        }
    }

    /// `Locked.with` loses the type of the error; a `Result` carries it across.
    private func locked<Value>(
        _ body: (inout SimulatedCloud) throws(ProviderFailure) -> Value
    ) throws(ProviderFailure) -> Value {
        let result: Result<Value, ProviderFailure> = inCloud { cloud in
            do throws(ProviderFailure) {
                return .success(try body(&cloud))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
