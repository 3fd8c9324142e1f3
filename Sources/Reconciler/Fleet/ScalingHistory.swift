/// What the scaling of one pool needs to remember from round to round. It is kept in the store, so that a restart changes nothing.
package struct ScalingHistory: Sendable, Equatable, Codable {
    /// What the rules recommended, before stabilisation.
    package struct Recommendation: Sendable, Equatable, Codable {
        package var at: Timestamp
        package var nodes: Int
        package init(at: Timestamp, nodes: Int) {
            self.at = at
            self.nodes = nodes
        }
    }

    /// A change of the desired count; positive grows.
    package struct Change: Sendable, Equatable, Codable {
        package var at: Timestamp
        package var change: Int
        package init(at: Timestamp, change: Int) {
            self.at = at
            self.change = change
        }
    }

    /// The role's own `min` and `max` that were last in force, and what they were multiplied by: a change of these is a change of the
    /// spec, but for the number of parent nodes, which rules move, too.
    package struct Bounds: Sendable, Equatable, Codable {
        package var min: Int
        package var max: Int
        /// The parent role for each of whose nodes they hold; nil: they are for all of the pool.
        package var parent: String?
        /// How many nodes of that role were wanted; nil without one.
        package var parents: Int?
        package init(min: Int, max: Int, parent: String? = nil, parents: Int? = nil) {
            self.min = min
            self.max = max
            self.parent = parent
            self.parents = parents
        }
    }

    /// A person's word in place of the rules'.
    package struct Override: Sendable, Equatable, Codable {
        package var nodes: Int
        /// Nil: until it is taken back.
        package var until: Timestamp?
        package var by: String
        package init(nodes: Int, until: Timestamp?, by: String) {
            self.nodes = nodes
            self.until = until
            self.by = by
        }
    }

    /// One period of one rule that looks at several: the sum and count of what was measured in it.
    package struct Average: Sendable, Equatable, Codable {
        /// The rule, as ``ScalingRule/name`` has it, and what was measured of it.
        package var of: String
        /// When the period began.
        package var at: Timestamp
        package var sum: Double
        package var count: Int
        package init(of: String, at: Timestamp, sum: Double, count: Int) {
            self.of = of
            self.at = at
            self.sum = sum
            self.count = count
        }
    }

    /// In the order of their times.
    package var recommendations: [Recommendation]
    /// In the order of their times.
    package var events: [Change]
    /// What was decided last: the count that "no change" means while nodes come and die. Nil: nothing was decided yet.
    package var desired: Int?
    package var bounds: Bounds?
    package var override: Override?
    /// From create to service, in whole milliseconds, of the newest nodes, oldest first.
    package var boots: [Int]
    package var averages: [Average]
    /// The Manager's limits when ``bounds`` were last in force; nil: those of the spec.
    package var approval: ApprovalLimits?

    package init(
        recommendations: [Recommendation] = [], events: [Change] = [], desired: Int? = nil, bounds: Bounds? = nil,
        override: Override? = nil, boots: [Int] = [], averages: [Average] = [], approval: ApprovalLimits? = nil
    ) {
        self.recommendations = recommendations
        self.events = events
        self.desired = desired
        self.bounds = bounds
        self.override = override
        self.boots = boots
        self.averages = averages
        self.approval = approval
    }
}

extension ScalingHistory {
    /// How many boots are remembered: the slowest of them is what a schedule looks ahead.
    static let rememberedBoots = 10

    /// Whether another history says more than that the newest recommendation was made again and that a period goes on.
    func isNews(_ other: ScalingHistory) -> Bool {
        desired != other.desired || bounds != other.bounds || override != other.override || boots != other.boots
            || events != other.events || recommendations.map(\.nodes) != other.recommendations.map(\.nodes)
            || averages.count != other.averages.count || approval != other.approval
    }
}

/// A node group whose counts stand still by a person's word: nothing scales and nothing is replaced by a newer revision; nodes that
/// die are still made anew.
package struct ScalingPause: Sendable, Equatable, Codable {
    package var since: Timestamp
    package var by: String
    package init(since: Timestamp, by: String) {
        self.since = since
        self.by = by
    }
}
