internal import Reconciler

/// One instance of a ``SimulatedCloud``, and the agent and the clients on it.
///
///     pending ──boot──▶ running ──destroy, stop──▶ stopping ──▶ gone
///                          └────────dies, kill──────────────────▲
struct SimulatedMachine: Sendable, Equatable {
    /// A client on its way in or out.
    struct Move: Sendable, Equatable {
        var at: Timestamp
        var stream: StreamKey
        var action: StreamAction
    }

    /// What outlives the process.
    struct Record: Sendable, Equatable, Codable {
        let tags: InstanceTags
        let token: String
        let revision: String
        let address: String
        let bootsAt: Timestamp
        /// False: it runs, and its agent never says a word.
        let speaks: Bool
        /// When chance ends it; nil: not by chance.
        let diesAt: Timestamp?
        /// Stopping since then by a destroy or a stop directive, gone a moment later.
        var stoppingAt: Timestamp?
        var goneAt: Timestamp?
    }

    var record: Record
    /// What the cloud calls it.
    let id: String
    /// Grows with each heartbeat of this process; an agent that starts anew begins again.
    var sequence = 0
    var nextHeartbeat: Timestamp
    /// Both in the order of their times: every client takes as long to connect, and stays as long.
    var arrivals: [Move] = []
    var departures: [Move] = []
    /// Connected publishers and viewers by stream; no zero is kept.
    var publishers: [StreamKey: Int] = [:]
    var viewers: [StreamKey: Int] = [:]

    /// An instance as it is at `now`, whenever it was made.
    init(_ record: Record, at now: Timestamp) {
        self.record = record
        id = "sim-\(record.tags.node)"
        nextHeartbeat = max(record.bootsAt, now)
    }

    var tags: InstanceTags { record.tags }
    var token: String { record.token }
    var revision: String { record.revision }
    var address: String { record.address }
    var bootsAt: Timestamp { record.bootsAt }
    var speaks: Bool { record.speaks }
    var diesAt: Timestamp? { record.diesAt }
    var stoppingAt: Timestamp? {
        get { record.stoppingAt }
        set { record.stoppingAt = newValue }
    }
    var goneAt: Timestamp? {
        get { record.goneAt }
        set { record.goneAt = newValue }
    }

    /// What a list or a create says of it at `now`.
    func instance(at now: Timestamp) -> Instance {
        let state: Instance.State =
            if goneAt != nil {
                .gone
            } else if stoppingAt != nil {
                .stopping
            } else if now < bootsAt {
                .pending
            } else {
                .running
            }
        return Instance(id: id, tags: tags, token: token, revision: revision, state: state, address: address)
    }

    /// Up, and not on its way out.
    func isServing(at now: Timestamp) -> Bool { goneAt == nil && stoppingAt == nil && now >= bootsAt }

    /// Ends it, and with it everything on it.
    mutating func end(at now: Timestamp) {
        goneAt = goneAt ?? now
        dropClients()
    }

    /// Everybody leaves, those on their way too.
    mutating func dropClients() {
        arrivals = []
        departures = []
        publishers = [:]
        viewers = [:]
    }

    /// Lets everything happen to it that is due by `now`.
    mutating func advance(to now: Timestamp, stay: Duration?) {
        guard goneAt == nil else { return }
        if let stoppingAt, now >= stoppingAt + SimulatedCloud.stopTime {
            end(at: stoppingAt + SimulatedCloud.stopTime)
        } else if let diesAt, now >= diesAt {
            end(at: diesAt)
        } else {
            moveClients(upTo: now, stay: stay)
        }
    }

    /// When something happens to it by itself next, be it that its agent begins to speak; nil: never.
    func nextEvent(after now: Timestamp) -> Timestamp? {
        if let goneAt { return goneAt + SimulatedCloud.tombstoneTime }
        var next: Timestamp?
        func consider(_ time: Timestamp?) {
            if let time { next = min(next ?? time, time) }
        }
        consider(stoppingAt.map { $0 + SimulatedCloud.stopTime })
        consider(diesAt)
        if now < bootsAt { consider(bootsAt) }
        consider(arrivals.first?.at)
        consider(departures.first?.at)
        return next
    }

    private mutating func moveClients(upTo now: Timestamp, stay: Duration?) {
        if arrivals.isEmpty, departures.isEmpty { return }
        let arrived = arrivals.prefix { $0.at <= now }
        for client in arrived {
            switch client.action {
            case .publish: publishers[client.stream, default: 0] += 1
            case .subscribe: viewers[client.stream, default: 0] += 1
            }
            if let stay {
                departures.append(Move(at: client.at + stay, stream: client.stream, action: client.action))
            }
        }
        arrivals.removeFirst(arrived.count)
        let left = departures.prefix { $0.at <= now }
        for client in left {
            switch client.action {
            case .publish: publishers[client.stream] = publishers[client.stream].flatMap { $0 > 1 ? $0 - 1 : nil }
            case .subscribe: viewers[client.stream] = viewers[client.stream].flatMap { $0 > 1 ? $0 - 1 : nil }
            }
        }
        departures.removeFirst(left.count)
    }

    /// What its agent would send now.
    func heartbeat(load: SimulatedSpec.Load) -> Heartbeat {
        let keys = Set(publishers.keys).union(viewers.keys).sorted()
        let streams = keys.map { key in
            StreamReport(
                scope: key.scope, name: key.name, role: publishers[key] == nil ? .edge : .source,
                subscribers: viewers[key] ?? 0)
        }
        let watching = viewers.values.reduce(0, +)
        let weight = Double(watching + publishers.count * SimulatedCloud.publisherWeight)
        let share = min(1, weight / Double(SimulatedCloud.nominalViewers))
        return Heartbeat(
            sequence: sequence,
            metrics: [
                Metric.publishers: Double(publishers.count),
                Metric.subscribers: Double(watching),
                "cpu.system.load": load.idleCPU + (load.fullCPU - load.idleCPU) * share,
            ],
            streams: streams)
    }
}
