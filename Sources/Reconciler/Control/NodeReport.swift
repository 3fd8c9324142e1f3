/// What one node is, since when and why, and what it waits for: what `explain NODE` prints and the API answers (safety rule 10).
package struct NodeReport: Sendable, Equatable, Codable {
    package var id: String
    package var nodeGroup: String
    package var region: String
    package var role: String
    /// When the report was made: that of the round whose verdicts it tells.
    package var at: Timestamp
    package var state: NodeState
    package var since: Timestamp
    /// Why it is in its state.
    package var reason: String
    /// What it waits for and until when, the one that matters most first.
    package var waiting: [String]
    package var times: Times
    package var place: Place
    /// By its own last report; nil when it does not tell.
    package var clients: Int?
    package var streams: Int
    package var revision: Revision
    package var health: Health
    package var marks: Marks
    /// Provider calls of the present intent that failed so far, when the next is due, and what the last said.
    package var attempts: Int
    package var retryAt: Timestamp?
    package var lastError: String?
    /// The newest events about it, oldest first; nil where there is no manager to ask.
    package var history: [Entry]?

    /// The stations of its life.
    package struct Times: Sendable, Equatable, Codable {
        package var requestedAt: Timestamp
        package var createdAt: Timestamp?
        package var inServiceAt: Timestamp?
        package var lastHeartbeatAt: Timestamp?
    }

    /// Where it is.
    package struct Place: Sendable, Equatable, Codable {
        package var provider: String
        package var instanceId: String?
        package var address: String?
    }

    /// What it was made from, against what the spec says.
    package struct Revision: Sendable, Equatable, Codable {
        package var own: String
        /// Nil when the spec in force has no such pool: it was taken out, or its group is set aside.
        package var wanted: String?
        /// Which fields differ, as far as that is known.
        package var changes: String?
    }

    /// How it is, by its heartbeats and the manager's own probes.
    package struct Health: Sendable, Equatable, Codable {
        /// Why it gets no new clients; nil when it is well or not in service.
        package var suspect: String?
        /// What its last heartbeat said of its media server.
        package var ready: Bool
        package var probes: [Probe]
        /// When it became faulty, oldest first, as far as it is remembered.
        package var faults: [Timestamp]
    }

    /// How one probe of it stands.
    package struct Probe: Sendable, Equatable, Codable {
        /// `tcp probe`.
        package var name: String
        /// Nil before the first result.
        package var record: ProbeRecord?
    }

    /// What people and the node itself asked for.
    package struct Marks: Sendable, Equatable, Codable {
        package var cordoned: Bool
        /// Nil when no person protects it now.
        package var protectedUntil: Timestamp?
        package var selfProtected: Bool
        package var drainRequested: NodeMarks.DrainRequest?
        package var quarantined: Bool
    }

    /// One event of its history.
    package struct Entry: Sendable, Equatable, Codable {
        package var at: Timestamp
        package var firstAt: Timestamp
        package var count: Int
        package var level: Event.Level
        package var reason: String
        package var message: String
    }

    /// - Parameters:
    ///   - outlook: made for this node at least.
    ///   - events: those about it, oldest first; nil where there are none to be had.
    package init(_ node: Node, _ outlook: NodeOutlook, events: [Event]?) {
        id = node.id.rawValue
        nodeGroup = node.pool.group
        region = node.pool.region
        role = node.pool.role
        at = outlook.now
        state = node.state
        since = node.since
        reason = node.reason
        waiting = outlook.waiting(of: node)
        times = Times(
            requestedAt: node.requestedAt, createdAt: node.createdAt, inServiceAt: node.inServiceAt,
            lastHeartbeatAt: node.lastHeartbeatAt)
        place = Place(provider: node.provider, instanceId: node.instanceID, address: node.address)
        clients = node.tellsClients ? node.clients : nil
        streams = node.streams.count
        revision = Revision(
            own: node.revision, wanted: outlook.wantedRevision(of: node), changes: outlook.changes(of: node))
        health = Health(
            suspect: outlook.suspicion(of: node), ready: node.isReady,
            probes: outlook.role(of: node).health.probes.enumerated().map { index, probe in
                Probe(name: probe.name, record: index < node.probes.count ? node.probes[index] : nil)
            }, faults: node.marks.faults)
        marks = Marks(
            cordoned: node.cordoned, protectedUntil: node.protectedUntil.flatMap { $0 > outlook.now ? $0 : nil },
            selfProtected: node.marks.protectsItself, drainRequested: node.marks.drainRequest,
            quarantined: node.marks.isQuarantined)
        attempts = node.attempts
        retryAt = node.retryAt
        lastError = node.lastError
        history = events?.map { event in
            Entry(
                at: event.at, firstAt: event.firstAt, count: event.count, level: event.level, reason: event.reason,
                message: event.message)
        }
    }

    /// More than most nodes ever have; the newest are told.
    package static let historyLimit = 100
}
