/// One node, as the manager knows it: intent, what the provider said of it, and what it said itself.
///
/// A value. Fleets of thousands of them are copied and gone through many times a round, so that a copy is one reference.
package struct Node: Sendable, Equatable {
    /// Always one: the array is there for its copy-on-write.
    private var record: [Record]

    private struct Record: Equatable {
        let id: NodeID
        let pool: PoolKey
        var provider: String
        var token: String
        var state: NodeState
        var since: Timestamp
        var revision: String
        var instanceID: String?
        var address: String?
        var endpoints: [Endpoint]
        var requestedAt: Timestamp
        var createdAt: Timestamp?
        var inServiceAt: Timestamp?
        var lastHeartbeatAt: Timestamp?
        var metrics: [String: Double]
        var streams: [StreamReport]
        var isReady: Bool
        var cordoned: Bool
        var protectedUntil: Timestamp?
        var missingSince: Timestamp?
        var attempts: Int
        var retryAt: Timestamp?
        var reason: String
        var lastError: String?
        var marks: NodeMarks
        var probes: [ProbeRecord?]
    }

    package init(
        id: NodeID, pool: PoolKey, provider: String, token: String, state: NodeState, since: Timestamp,
        revision: String, requestedAt: Timestamp, reason: String
    ) {
        record = [
            Record(
                id: id, pool: pool, provider: provider, token: token, state: state, since: since,
                revision: revision, instanceID: nil, address: nil, endpoints: [],
                requestedAt:
                    requestedAt, createdAt: nil, inServiceAt: nil, lastHeartbeatAt: nil, metrics: [:],
                streams: [], isReady: true, cordoned: false, protectedUntil: nil, missingSince: nil,
                attempts: 0, retryAt: nil, reason: reason, lastError: nil, marks: NodeMarks(), probes: [])
        ]
    }

    package var id: NodeID { record[0].id }
    package var pool: PoolKey { record[0].pool }
    /// The provider it was asked from; a later change of the spec does not move it.
    package var provider: String {
        get { record[0].provider }
        set { record[0].provider = newValue }
    }
    /// The idempotency token: every create of this node carries it (safety rule 3).
    package var token: String {
        get { record[0].token }
        set { record[0].token = newValue }
    }
    package var state: NodeState {
        get { record[0].state }
        set { record[0].state = newValue }
    }
    /// When `state` began.
    package var since: Timestamp {
        get { record[0].since }
        set { record[0].since = newValue }
    }
    /// The hash of what it was made from (``NodeTemplate/revision``).
    package var revision: String {
        get { record[0].revision }
        set { record[0].revision = newValue }
    }
    /// What the provider calls it; nil until the provider said so.
    package var instanceID: String? {
        get { record[0].instanceID }
        set { record[0].instanceID = newValue }
    }
    package var address: String? {
        get { record[0].address }
        set { record[0].address = newValue }
    }
    /// Where it listens, where that differs from the role's endpoints (a free port per endpoint).
    package var endpoints: [Endpoint] {
        get { record[0].endpoints }
        set { record[0].endpoints = newValue }
    }
    /// When the create was decided.
    package var requestedAt: Timestamp {
        get { record[0].requestedAt }
        set { record[0].requestedAt = newValue }
    }
    /// When the provider first had it.
    package var createdAt: Timestamp? {
        get { record[0].createdAt }
        set { record[0].createdAt = newValue }
    }
    package var inServiceAt: Timestamp? {
        get { record[0].inServiceAt }
        set { record[0].inServiceAt = newValue }
    }
    package var lastHeartbeatAt: Timestamp? {
        get { record[0].lastHeartbeatAt }
        set { record[0].lastHeartbeatAt = newValue }
    }
    package var metrics: [String: Double] {
        get { record[0].metrics }
        set { record[0].metrics = newValue }
    }
    package var streams: [StreamReport] {
        get { record[0].streams }
        set { record[0].streams = newValue }
    }
    /// What its last heartbeat said of its media server.
    package var isReady: Bool {
        get { record[0].isReady }
        set { record[0].isReady = newValue }
    }
    /// By hand: no new assignments.
    package var cordoned: Bool {
        get { record[0].cordoned }
        set { record[0].cordoned = newValue }
    }
    package var protectedUntil: Timestamp? {
        get { record[0].protectedUntil }
        set { record[0].protectedUntil = newValue }
    }
    /// Set while a complete list, asked for after its create was answered, does not show it.
    package var missingSince: Timestamp? {
        get { record[0].missingSince }
        set { record[0].missingSince = newValue }
    }
    /// Provider calls of the present intent (create or destroy) that failed so far.
    package var attempts: Int {
        get { record[0].attempts }
        set { record[0].attempts = newValue }
    }
    /// No provider call for this node before then.
    package var retryAt: Timestamp? {
        get { record[0].retryAt }
        set { record[0].retryAt = newValue }
    }
    /// Why it is in its state, in words.
    package var reason: String {
        get { record[0].reason }
        set { record[0].reason = newValue }
    }
    /// The provider's own word when a call failed last.
    package var lastError: String? {
        get { record[0].lastError }
        set { record[0].lastError = newValue }
    }

    /// What people asked of it, and what its past says of it.
    package var marks: NodeMarks {
        get { record[0].marks }
        set { record[0].marks = newValue }
    }
    /// How its role's `health.probes` stand, in their order; nil or missing: no result yet. Not stored.
    package var probes: [ProbeRecord?] {
        get { record[0].probes }
        set { record[0].probes = newValue }
    }

    package var scope: ProviderScope { ProviderScope(provider: provider, region: pool.region) }

    /// Clients on it, by its own last report: publishers and viewers.
    package var clients: Int {
        Metric.count(metrics[Metric.publishers]) + Metric.count(metrics[Metric.subscribers])
    }

    /// Whether its last report says how many clients it has.
    package var tellsClients: Bool { metrics[Metric.publishers] != nil || metrics[Metric.subscribers] != nil }

    /// Nothing would be cut off if it went, by its own last report: no client, and no node that pulls from it. A node that does
    /// not tell its clients is not empty: unknown is not empty.
    package var isEmpty: Bool { tellsClients && clients == 0 && children == 0 }

    /// Nodes that pull from it, by its own last report.
    package var children: Int { Metric.children(in: metrics) }

    /// No voluntary removal: by a person's word until then, or by its own as long as it says so.
    package func isProtected(at now: Timestamp) -> Bool {
        marks.protectsItself || protectedUntil.map { $0 > now } ?? false
    }

    /// Whether a heartbeat came after `moment`.
    package func isHeard(since moment: Timestamp) -> Bool { lastHeartbeatAt.map { $0 > moment } ?? false }

    /// Moves it to `state`; the failure count of the state before does not carry over.
    package mutating func enter(_ state: NodeState, at now: Timestamp, because reason: String) {
        self.state = state
        since = now
        attempts = 0
        retryAt = nil
        lastError = nil
        self.reason = reason
    }
}

/// The metric names that the manager itself reads. Any other name is for scaling rules (reference/stream-manager-2.md 3.7).
package enum Metric {
    package static let publishers = "connections.publisher"
    package static let subscribers = "connections.subscriber"
    /// Nodes that pull from this one.
    package static let children = "connections.child"
    /// The same by the reference product's name.
    package static let clusterChildren = "connections.clusterchildren"
    /// No count is larger; beyond any machine, and sums of it stay within an `Int`.
    private static let countLimit = 1_000_000_000

    /// How many nodes pull from one that reports this.
    package static func children(in metrics: [String: Double]) -> Int {
        count(metrics[children] ?? metrics[clusterChildren])
    }

    /// A metric as a whole number of things, whatever a node or a document says: 0 for none, for less and for what is no
    /// number, ``countLimit`` for more.
    package static func count(_ value: Double?) -> Int {
        guard let value, value > 0 else { return 0 }
        return value < Double(countLimit) ? Int(value) : countLimit
    }
}
