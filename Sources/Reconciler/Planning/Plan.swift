/// What is to be done, and what is not done though it is due. What `plan` prints is what the daemon performs.
package struct Plan: Sendable, Equatable, Codable {
    package var actions: [Action]
    package var held: [Hold]
    package var scaling: [ScalingDecision]
    package var conditions: [Condition]
    /// What the pools remember beyond their scaling once the plan is carried out.
    package var memories: [PoolKey: PoolMemory] = [:]
    /// Nodes whose going someone approved, also those that do not go yet.
    package var approvedRemovals: Set<NodeID> = []
    /// What would be held and is not, since an annotation of the spec approves it: why it would be, by its hash.
    package var annotated: [String: String] = [:]
    /// What the scaling of each decided pool remembers once the plan is carried out.
    package var histories: [PoolKey: ScalingHistory] = [:]

    private enum CodingKeys: String, CodingKey { case actions, held, scaling, conditions }

    package init(
        actions: [Action] = [], held: [Hold] = [], scaling: [ScalingDecision] = [], conditions: [Condition] = []
    ) {
        self.actions = actions
        self.held = held
        self.scaling = scaling
        self.conditions = conditions
    }

    /// One change of one node.
    package struct Action: Sendable, Equatable, Codable {
        package enum Kind: String, Sendable, Codable, CaseIterable {
            /// A new node.
            case create
            /// No new streams; it goes when it is empty or the time-out is over.
            case drain
            /// Back into service, instead of a new node.
            case undrain
            /// The drain's time is over: clients are told to go.
            case evict
            /// Its instance is ended.
            case destroy
            /// A node of an older revision makes way for a new one.
            case replace
            /// A fault that healed serves again.
            case reinstate
            /// The provider no longer has it: it is struck from the fleet.
            case forget
        }

        package var kind: Kind
        package var nodeGroup: String
        package var region: String
        package var role: String
        /// Of a node to be created: its future id, unless the plan is only looked at.
        package var node: String?
        /// Why, in words, with the numbers in them (safety rule 10).
        package var reason: String
        /// The rule of the spec that wants it, as a path: `roles.edge.min`.
        package var rule: String?
        /// Of a node to be created: the revision that it is made from.
        package var revision: String?

        package init(_ kind: Kind, _ pool: PoolKey, node: NodeID?, reason: String, rule: String? = nil) {
            self.kind = kind
            nodeGroup = pool.group
            region = pool.region
            role = pool.role
            self.node = node?.rawValue
            self.reason = reason
            self.rule = rule
        }

        package var pool: PoolKey { PoolKey(group: nodeGroup, region: region, role: role) }
    }

    /// Something that is due and not done, and which limit holds it.
    package struct Hold: Sendable, Equatable, Codable {
        package var kind: Action.Kind
        package var nodeGroup: String
        package var region: String
        package var role: String
        package var node: String?
        package var count: Int
        package var reason: String
        /// What holds it: `unknown` (a provider scope), `approval`, `max`, `count` (others must serve), `maxNodes`, `limits.nodes`, `protected`, `budget`,
        /// `maxUnhealthy`, `setback` (new nodes fail), `parents` (their parent nodes stay).
        package var limit: String
        /// For `approval`: the hash that releases it.
        package var approval: String?

        package init(
            _ kind: Action.Kind, _ pool: PoolKey, node: NodeID? = nil, count: Int = 1, reason: String, limit: String,
            approval: String? = nil
        ) {
            self.kind = kind
            nodeGroup = pool.group
            region = pool.region
            role = pool.role
            self.node = node?.rawValue
            self.count = count
            self.reason = reason
            self.limit = limit
            self.approval = approval
        }

        package var pool: PoolKey { PoolKey(group: nodeGroup, region: region, role: role) }

        /// What waits for the approval `hash`, and how to give it.
        static func asking(_ reason: String, _ hash: String) -> String { reason + advice(hash) }

        /// The reason alone, for those who know.
        var reasonWithoutAdvice: String {
            guard let approval, reason.hasSuffix(Self.advice(approval)) else { return reason }
            return String(reason.dropLast(Self.advice(approval).count))
        }

        private static func advice(_ hash: String) -> String { "; approve with 'smreconcile approve \(hash)'" }
    }

    /// Nodes are due that will be tried by and by, without anyone's doing.
    package var isWaitingToTry: Bool { held.contains { $0.limit == "setback" } }

    package func count(_ kind: Action.Kind) -> Int { actions.count { $0.kind == kind } }
}
