/// One node, as the manager knows it: intent, what the provider said of it, and what it said itself.
package struct Node: Sendable, Equatable {
    package let id: NodeID
    package let pool: PoolKey
    /// The provider it was asked from; a later change of the spec does not move it.
    package var provider: String
    /// The idempotency token: every create of this node carries it (safety rule 3).
    package var token: String
    package var state: NodeState
    /// When `state` began.
    package var since: Timestamp
    /// The hash of what it was made from (``NodeTemplate/revision``).
    package var revision: String
    /// What the provider calls it; nil until the provider said so.
    package var instanceID: String?
    package var address: String?
    /// Where it listens, where that differs from the role's endpoints (a free port per endpoint).
    package var endpoints: [Endpoint]
    /// When the create was decided.
    package var requestedAt: Timestamp
    /// When the provider first had it.
    package var createdAt: Timestamp?
    package var inServiceAt: Timestamp?
    package var lastHeartbeatAt: Timestamp?
    package var metrics: [String: Double]
    package var streams: [StreamReport]
    /// What its last heartbeat said of its media server.
    package var isReady: Bool
    /// By hand: no new assignments.
    package var cordoned: Bool
    package var protectedUntil: Timestamp?
    /// Set while a complete list, asked for after its create was answered, does not show it.
    package var missingSince: Timestamp?
    /// Provider calls of the present intent (create or destroy) that failed so far.
    package var attempts: Int
    /// No provider call for this node before then.
    package var retryAt: Timestamp?
    /// Why it is in its state, in words.
    package var reason: String
    /// The provider's own word when a call failed last.
    package var lastError: String?

    package init(
        id: NodeID, pool: PoolKey, provider: String, token: String, state: NodeState, since: Timestamp,
        revision: String, requestedAt: Timestamp, reason: String
    ) {
        self.id = id
        self.pool = pool
        self.provider = provider
        self.token = token
        self.state = state
        self.since = since
        self.revision = revision
        self.requestedAt = requestedAt
        self.reason = reason
        instanceID = nil
        address = nil
        endpoints = []
        createdAt = nil
        inServiceAt = nil
        lastHeartbeatAt = nil
        metrics = [:]
        streams = []
        isReady = true
        cordoned = false
        protectedUntil = nil
        missingSince = nil
        attempts = 0
        retryAt = nil
        lastError = nil
    }

    package var scope: ProviderScope { ProviderScope(provider: provider, region: pool.region) }

    /// Clients on it, by its own last report: publishers and viewers.
    package var clients: Int {
        Metric.count(metrics[Metric.publishers]) + Metric.count(metrics[Metric.subscribers])
    }

    /// Whether its last report says how many clients it has.
    package var tellsClients: Bool { metrics[Metric.publishers] != nil || metrics[Metric.subscribers] != nil }

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
    /// No count is larger; beyond any machine, and sums of it stay within an `Int`.
    private static let countLimit = 1_000_000_000

    /// A metric as a whole number of things, whatever a node or a document says: 0 for none, for less and for what is no
    /// number, ``countLimit`` for more.
    package static func count(_ value: Double?) -> Int {
        guard let value, value > 0 else { return 0 }
        return value < Double(countLimit) ? Int(value) : countLimit
    }
}
