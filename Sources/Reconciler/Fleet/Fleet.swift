/// Everything a decision rests on beside the spec: our nodes, and how far our knowledge of the world reaches.
package struct Fleet: Sendable, Equatable {
    package var nodes: [NodeID: Node]
    package var scaling: [PoolKey: ScalingHistory]
    /// What is known of each provider scope; a scope that is not in here was never listed.
    package var scopes: [ProviderScope: ScopeKnowledge]
    /// Since when heartbeats are listened to without a gap. Silence before then says nothing of a node.
    package var observingSince: Timestamp
    /// Hashes of removals that someone approved (safety rule 7).
    package var approvals: Set<String>

    package init(
        nodes: [Node] = [], scaling: [PoolKey: ScalingHistory] = [:], observingSince: Timestamp,
        approvals: Set<String> = []
    ) {
        self.nodes = Dictionary(nodes.map { ($0.id, $0) }) { _, last in last }
        self.scaling = scaling
        scopes = [:]
        self.observingSince = observingSince
        self.approvals = approvals
    }
}

/// How well one region of one provider is known (safety rule 1: unknown is not empty).
package struct ScopeKnowledge: Sendable, Equatable {
    /// When the newest complete list was asked for.
    package var completeAt: Timestamp?
    /// Set while the newest list failed or was cut short: since when, and the provider's word.
    package var trouble: Trouble?

    package struct Trouble: Sendable, Equatable {
        package var since: Timestamp
        package var message: String
        package init(since: Timestamp, message: String) {
            self.since = since
            self.message = message
        }
    }

    package init(completeAt: Timestamp? = nil, trouble: Trouble? = nil) {
        self.completeAt = completeAt
        self.trouble = trouble
    }

    /// Whether creates and destroys may be decided in this scope.
    package var isKnown: Bool { completeAt != nil && trouble == nil }
}
