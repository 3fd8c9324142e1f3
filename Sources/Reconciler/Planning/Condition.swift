extension Plan {
    /// What is out of the ordinary in a pool and goes on for a while: said once in a plan, and by an event when it begins and ends.
    package struct Condition: Sendable, Equatable, Codable {
        package enum Kind: String, Sendable, Codable, CaseIterable {
            /// Nodes are being replaced by a newer revision.
            case rollout
            /// Too many nodes are faulty at once: none is destroyed or replaced (safety rule 6).
            case remediation
            /// New nodes cannot be made or do not last: the pool waits before it tries again.
            case setback
            /// Another region has nodes more than its own count, for one that cannot make its own.
            case failover
            /// The node group does not read any more: nothing is made or destroyed until it does.
            case setAside
        }

        package enum Status: String, Sendable, Codable {
            /// A rollout goes on.
            case progressing
            /// It stands still until someone acts.
            case halted
            /// The rollout went back to the revision before.
            case rolledBack
            /// Tried again after a while.
            case waiting
            /// Nodes run elsewhere.
            case spilled
        }

        package var type: Kind
        package var status: Status
        package var nodeGroup: String
        package var region: String
        package var role: String
        /// In words, with the numbers.
        package var message: String

        package init(_ type: Kind, _ status: Status, _ pool: PoolKey, _ message: String) {
            self.type = type
            self.status = status
            nodeGroup = pool.group
            region = pool.region
            role = pool.role
            self.message = message
        }

        package var pool: PoolKey { PoolKey(group: nodeGroup, region: region, role: role) }

        /// Whether someone should look: it does not mend itself.
        package var isAlarming: Bool { status == .halted || status == .rolledBack }
    }
}

extension Plan.Condition.Status {
    /// As a person says it.
    package var words: String {
        switch self {
        case .progressing: "in progress"
        case .halted: "halted"
        case .rolledBack: "rolled back"
        case .waiting: "waits"
        case .spilled: "from elsewhere"
        }
    }
}
