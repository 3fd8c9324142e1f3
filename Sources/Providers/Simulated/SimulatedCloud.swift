package import Reconciler

/// A cloud as a pure value: instances boot, serve simulated clients, report, fail as told, and end.
///
/// No clock and no shared generator: time is passed in, and every chance is drawn from the seed and the question asked
/// (``keyedRandom(seed:_:)``). Equal calls in any order at equal times give equal worlds.
package struct SimulatedCloud: Sendable {
    /// From destroy to gone.
    static let stopTime: Duration = .milliseconds(500)
    /// Between the heartbeats of one node.
    static let heartbeatInterval: Duration = .seconds(1)
    /// How long the token of a gone instance is remembered, so that a late retry of its create makes no second one.
    static let tombstoneTime: Duration = .seconds(3600)
    /// The viewers that bring a node to `fullCPU`: providers are not told capacities, so every node counts as this big.
    static let nominalViewers = 200
    /// A publisher is as much work as this many viewers.
    static let publisherWeight = 10

    /// Replaceable at any time; what was drawn for instances already there stays.
    package var spec: SimulatedSpec
    private var machines: [NodeID: SimulatedMachine] = [:]
    private var nodeByToken: [String: NodeID] = [:]
    /// The keys of `machines` in their order, by region.
    private var order: [String: [NodeID]] = [:]
    private var nextAddress = 1
    /// Nothing happens by itself before then; nil: that is not known.
    private var quietUntil: Timestamp?
    /// Whether anything may have changed since the last ``census(at:)``.
    private var isCensusStale = true
    /// Grows with every change that a snapshot must keep.
    private(set) var version = 0

    /// A cloud without instances.
    package init(spec: SimulatedSpec) { self.spec = spec }

    // MARK: What a provider does

    /// Makes an instance, or returns that of the same token; a gone one too, with state `gone`.
    package mutating func create(
        _ request: CreateRequest, at now: Timestamp
    ) throws(ProviderFailure) -> Instance {
        let node = request.tags.node
        var random = keyedRandom(seed: spec.seed, "create|\(request.token)|\(now.milliseconds)")
        if random.chance(spec.failures.create) {
            throw .retryable("simulated: the create of \(node) was refused")
        }
        let answerIsLost = random.chance(spec.failures.createLost)
        if let known = nodeByToken[request.token], let machine = machines[known] {
            if answerIsLost { throw .unknown("simulated: the answer to the create of \(node) was lost") }
            return machine.instance(at: now)
        }
        if machines[node] != nil {
            throw .terminal("simulated: node \(node) exists already, made with another token")
        }
        let machine = newMachine(request, at: now)
        insert(machine)
        if answerIsLost { throw .unknown("simulated: the answer to the create of \(node) was lost") }
        return machine.instance(at: now)
    }

    /// The instances of exactly this owner in this region that are not gone, in the order of their ids.
    package mutating func list(
        owner: String, region: String, at now: Timestamp
    ) throws(ProviderFailure) -> Listing {
        advance(to: now)
        var random = keyedRandom(seed: spec.seed, "list|\(owner)|\(region)|\(now.milliseconds)")
        if random.chance(spec.failures.list) {
            throw .retryable("simulated: the list of region \(region) failed")
        }
        let isPartial = random.chance(spec.failures.listPartial)
        var all: [Instance] = []
        for node in order[region] ?? [] {
            guard let machine = machines[node], machine.goneAt == nil, machine.tags.owner == owner else { continue }
            all.append(machine.instance(at: now))
        }
        guard isPartial else { return Listing(instances: all, complete: true) }
        return Listing(instances: all.filter { _ in random.chance(0.5) }, complete: false)
    }

    /// Begins the end of an instance; one that is not there, or is another's, counts as ended.
    package mutating func destroy(
        _ reference: InstanceReference, at now: Timestamp
    ) throws(ProviderFailure) {
        let node = reference.tags.node
        var random = keyedRandom(seed: spec.seed, "destroy|\(node)|\(now.milliseconds)")
        if random.chance(spec.failures.destroy) {
            throw .retryable("simulated: the destroy of \(node) failed")
        }
        guard machines[node]?.tags == reference.tags else { return }
        stop(node, at: now)
    }

    // MARK: What happens by itself

    /// Lets everything happen that is due by `now`: clients come and go, instances end.
    package mutating func advance(to now: Timestamp) {
        if let quietUntil, now < quietUntil { return }
        isCensusStale = true
        var next = Timestamp(milliseconds: .max)
        var over: [NodeID] = []
        // By index, so that none of the machines is copied.
        var index = machines.startIndex
        while index != machines.endIndex {
            machines.values[index].advance(to: now, stay: spec.load.stay)
            if let goneAt = machines.values[index].goneAt, now >= goneAt + Self.tombstoneTime {
                over.append(machines.keys[index])
            } else if let event = machines.values[index].nextEvent(after: now) {
                next = min(next, event)
            }
            machines.formIndex(after: &index)
        }
        for node in over { bury(node) }
        quietUntil = next
    }

    private mutating func bury(_ node: NodeID) {
        guard let machine = machines.removeValue(forKey: node) else { return }
        nodeByToken[machine.token] = nil
        order[machine.tags.region]?.removeAll { $0 == node }
    }

    /// Who is there at `now`, in the order of regions, then ids; nil when that is as it was at the last call. For a driver that
    /// keeps the clients of the machines itself.
    package mutating func census(at now: Timestamp) -> [SimulatedStanding]? {
        advance(to: now)
        guard isCensusStale else { return nil }
        isCensusStale = false
        var standings: [SimulatedStanding] = []
        for region in order.keys.sorted() {
            for node in order[region] ?? [] {
                guard let machine = machines[node], machine.goneAt == nil else { continue }
                standings.append(
                    SimulatedStanding(tags: machine.tags, isUp: machine.speaks && machine.isServing(at: now)))
            }
        }
        return standings
    }

    /// The heartbeats that are due by `now`, at most one per node, in the order of the ids.
    package mutating func heartbeats(at now: Timestamp) -> [(NodeID, Heartbeat)] {
        advance(to: now)
        var due: [(NodeID, Heartbeat)] = []
        for node in order.values.joined().sorted() {
            guard var machine = machines[node], machine.speaks, machine.isServing(at: now),
                now >= machine.nextHeartbeat
            else { continue }
            machine.sequence += 1
            // Keeps the node's own beat; beats that nobody asked for in time are not made up for.
            while machine.nextHeartbeat <= now {
                machine.nextHeartbeat = machine.nextHeartbeat + Self.heartbeatInterval
            }
            due.append((node, machine.heartbeat(load: spec.load)))
            machines[node] = machine
        }
        return due
    }

    // MARK: What is done to a node

    /// A client was sent to `node`: it is there `connectAfter` later, and leaves `stay` after that.
    package mutating func assigned(_ node: NodeID, stream: StreamKey, action: StreamAction, at now: Timestamp) {
        // By index, so that the machine is not copied.
        guard let index = machines.index(forKey: node), machines.values[index].isServing(at: now) else { return }
        quietUntil = nil
        machines.values[index].arrivals.append(.init(at: now + spec.load.connectAfter, stream: stream, action: action))
    }

    /// The node's agent does as the manager said in its answer.
    package mutating func obey(_ node: NodeID, _ directive: Directive, at now: Timestamp) {
        switch directive {
        case .serve, .drain: break
        case .evict: machines[node]?.dropClients()
        case .stop: stop(node, at: now)
        }
    }

    /// The instance vanishes at once, as in a power cut.
    package mutating func kill(_ node: NodeID, at now: Timestamp) {
        machines[node]?.end(at: now)
        noteChange()
    }

    // MARK: Snapshots

    /// What outlives the process: the instances, and not the clients on them.
    var snapshot: SimulatedSnapshot {
        SimulatedSnapshot(
            nextAddress: nextAddress,
            instances: machines.values.map(\.record).sorted { $0.tags.node < $1.tags.node })
    }

    /// The cloud of a snapshot, at a later time.
    init(spec: SimulatedSpec, snapshot: SimulatedSnapshot, at now: Timestamp) {
        self.init(spec: spec)
        nextAddress = snapshot.nextAddress
        for record in snapshot.instances { insert(SimulatedMachine(record, at: now)) }
    }

    /// Takes a machine in, in its place in the order.
    private mutating func insert(_ machine: SimulatedMachine) {
        let node = machine.tags.node
        machines[node] = machine
        nodeByToken[machine.token] = node
        var nodes = order.removeValue(forKey: machine.tags.region) ?? []
        var (low, high) = (0, nodes.count)
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle] < node { low = middle + 1 } else { high = middle }
        }
        nodes.insert(node, at: low)
        order[machine.tags.region] = nodes
        noteChange()
    }

    private mutating func noteChange() {
        version += 1
        quietUntil = nil
        isCensusStale = true
    }

    // MARK: For assertions

    /// The tags of all instances that are not gone, of every owner, in the order of their ids.
    package var living: [InstanceTags] {
        machines.values.filter { $0.goneAt == nil }.map(\.tags).sorted { $0.node < $1.node }
    }

    /// Connected publishers and viewers of a node, counted for themselves and not as reported.
    package func clients(of node: NodeID) -> Int {
        guard let machine = machines[node] else { return 0 }
        return machine.publishers.count + machine.viewers.values.reduce(0, +)
    }

    private mutating func stop(_ node: NodeID, at now: Timestamp) {
        guard machines[node]?.goneAt == nil, machines[node]?.stoppingAt == nil else { return }
        noteChange()
        machines[node]?.stoppingAt = now
        machines[node]?.dropClients()
    }

    private mutating func newMachine(_ request: CreateRequest, at now: Timestamp) -> SimulatedMachine {
        var random = keyedRandom(seed: spec.seed, "fate|\(request.tags.node)")
        let speaks = !random.chance(spec.failures.neverBoots)
        let bootsAt = now + spec.boot
        defer { nextAddress += 1 }
        return SimulatedMachine(
            SimulatedMachine.Record(
                tags: request.tags, token: request.token, revision: request.revision,
                address: Self.address(nextAddress), bootsAt: bootsAt, speaks: speaks,
                diesAt: Self.deathTime(after: bootsAt, perMinute: spec.failures.dies, &random)),
            at: now)
    }

    /// The first minute in which a coin of this probability falls, and a moment within it; nil beyond ten years.
    private static func deathTime(
        after start: Timestamp, perMinute probability: Double, _ random: inout SeededRandom
    ) -> Timestamp? {
        guard probability > 0 else { return nil }
        let moment = Duration.milliseconds(Int64(random.unit() * 60_000))
        for minute in 0..<5_256_000 where random.chance(probability) {
            return start + .seconds(60 * minute) + moment
        }
        return nil
    }

    /// From 198.18.0.0/15, which RFC 2544 sets aside for tests; over again after 131,071.
    private static func address(_ index: Int) -> String {
        "198.\(18 + (index >> 16 & 1)).\(index >> 8 & 255).\(index & 255)"
    }
}

/// One machine, seen from outside.
package struct SimulatedStanding: Sendable, Equatable {
    package var tags: InstanceTags
    /// Its agent speaks: it booted, and is not on its way out.
    package var isUp: Bool
}
