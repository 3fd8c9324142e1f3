/// A cluster that serves some stream scopes: roles, regions, and how many of each, kind `NodeGroup`.
package struct NodeGroupSpec: Sendable, Equatable {
    package var name: String
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    package var provider: String
    /// The stream scopes it serves; empty: every scope.
    package var scopes: [String] = []
    package var image: String?
    package var limits = GroupLimits()
    /// Whether its nodes let in clients without a ticket.
    package var tickets = TicketPolicy()
    /// Regions that take over, in this order, what a region without its own list cannot make.
    package var failover: [String] = []
    package var regions: [RegionSpec] = []
    /// In the order of the file.
    package var roles: [RoleSpec] = []
    package var source: SourceLocation?
    /// Names the state of the document that it was read from, where that came over the API: ``StoredGroup/entityTag``.
    package var entityTag: String?

    package init(name: String, provider: String) {
        self.name = name
        self.provider = provider
    }

    package func role(_ name: String) -> RoleSpec? { roles.first { $0.name == name } }
    package func region(_ name: String) -> RegionSpec? { regions.first { $0.name == name } }

    package func serves(scope: String) -> Bool { scopes.isEmpty || scopes.contains(scope) }

    /// The role with the region's own numbers in it; nil when the group has no such region or role.
    package func effectiveRole(_ role: String, in region: String) -> RoleSpec? {
        guard var result = self.role(role), let region = self.region(region) else { return nil }
        if let own = region.roles[role] {
            result.min = own.min ?? result.min
            result.max = own.max ?? result.max
        }
        return result
    }
}

/// Ceilings of the whole group: over publishers or subscribers, routing answers 503.
package struct GroupLimits: Sendable, Equatable {
    package var publishers: Int?
    package var subscribers: Int?
    package var nodes: Int?
    package init() {}
}

/// A place where nodes run.
package struct RegionSpec: Sendable, Equatable {
    package var name: String
    /// A parent that a client may also ask for.
    package var zone: String?
    package var location: GeoPoint?
    /// Passed to the provider as they are.
    package var settings: [String: String] = [:]
    /// This region's own numbers, by role name.
    package var roles: [String: RoleOverride] = [:]
    /// Regions that take over, in this order, what cannot be made here; nil: the group's.
    package var failover: [String]?

    package struct RoleOverride: Sendable, Equatable {
        package var min: Int?
        package var max: Int?
        package init(min: Int? = nil, max: Int? = nil) {
            self.min = min
            self.max = max
        }
    }

    package init(name: String) { self.name = name }
}

/// A place on the globe in degrees: latitude -90...90, longitude -180...180.
package struct GeoPoint: Sendable, Equatable, Hashable {
    package var latitude: Double
    package var longitude: Double
    package init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }
}

/// What a role can do for clients.
package enum Capability: String, Sendable, CaseIterable, Codable {
    case publish, subscribe, transcode, relay
}

/// Where a node listens.
package struct Endpoint: Sendable, Hashable, Codable {
    package var `protocol`: String
    /// 1...65535.
    package var port: Int
    package init(protocol: String, port: Int) {
        self.protocol = `protocol`
        self.port = port
    }
}

/// A kind of node in a group.
package struct RoleSpec: Sendable, Equatable {
    package var name: String
    package var capabilities: Set<Capability> = []
    /// The role whose nodes its streams come from.
    package var parent: String?
    /// Which nodes of ``parent`` its nodes pull from.
    package var parents = ParentReach.global
    /// The first is the default protocol.
    package var endpoints: [Endpoint] = []
    /// The hard limit of one node by metric name.
    package var capacity: [String: Double] = [:]
    /// Over one node's metrics; of two nodes that routing drew, the one with the lower value gets the client. Nil: the load in
    /// proportion to the limit.
    package var capacityRanking: Expression?
    /// Over one node's metrics; at or above its bound the node gets no more clients.
    package var capacityLimit: CapacityLimit?
    /// How clients are spread over its nodes.
    package var routing = RoutingSpec()
    package var image: String?
    package var instanceType: String?
    /// Passed to the provider, over the region's.
    package var settings: [String: String] = [:]
    /// Per region.
    package var min: Int = 0
    package var max: Int = 0
    package var scaling = ScalingSpec()
    package var update = UpdateSpec()
    package var disruption: [BudgetSpec] = []
    package var drain = DrainSpec()
    package var health = HealthSpec()

    package init(name: String) { self.name = name }
}

/// `capacityLimit: {expression: "cpu.system.load", below: 0.9}`: a node takes clients only while its value is below the bound.
package struct CapacityLimit: Sendable, Equatable {
    package var expression: Expression
    package var below: Double
    package init(expression: Expression, below: Double) {
        self.expression = expression
        self.below = below
    }
}

/// A count of nodes, or a share of those there are.
package enum Amount: Sendable, Equatable, CustomStringConvertible {
    case count(Int)
    /// Whole percent.
    case percent(Int)

    package var description: String {
        switch self {
        case .count(let value): "\(value)"
        case .percent(let value): "\(value)%"
        }
    }

    package func rounded(up: Bool, of total: Int) -> Int {
        switch self {
        case .count(let value): value
        case .percent(let value): up ? (total * value + 99) / 100 : total * value / 100
        }
    }
}

package struct UpdateSpec: Sendable, Equatable {
    /// Above the desired count, rounded up.
    package var maxSurge: Amount = .count(1)
    /// Below the desired count, rounded down.
    package var maxUnavailable: Amount = .count(0)
    /// Back to the last revision that served when a new one does not come into service.
    package var rollback = false
    package init() {}
}

/// How many nodes may be disrupted at once, for some reasons, at some times.
package struct BudgetSpec: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable { case drift, scaleIn, underutilized, empty }
    package var nodes: Amount
    /// Empty: for every reason.
    package var reasons: Set<Reason> = []
    /// Nil: always.
    package var window: ScheduleWindow?
    package init(nodes: Amount) { self.nodes = nodes }
}

package struct DrainSpec: Sendable, Equatable {
    /// From draining to evicting.
    package var timeout: Duration = .seconds(1800)
    /// From evicting to terminating.
    package var evictTimeout: Duration = .seconds(30)
    package init() {}
}

/// When a silent node is no longer trusted.
package struct HealthSpec: Sendable, Equatable {
    /// Without a heartbeat this long it gets no new assignments.
    package var suspectAfter: Duration = .seconds(5)
    /// Without a heartbeat this long it is a fault, and replaced.
    package var faultAfter: Duration = .seconds(15)
    /// From create to service.
    package var startTimeout: Duration = .seconds(600)
    /// From create to the first heartbeat; nil: ``startTimeout`` alone counts.
    package var registerTimeout: Duration?
    /// From fault to destroyed.
    package var faultTimeout: Duration = .seconds(60)
    package var maxUnhealthy: UnhealthyLimit = .most(.percent(100))
    package var flapping = FlappingSpec()
    /// Its nodes run an agent that reports; false: ``probes`` alone say how they are.
    package var heartbeat = true
    package var probes: [ProbeSpec] = []
    package init() {}
}

/// How many unhealthy nodes of a pool may be remediated; beyond that something else is wrong than the nodes (Cluster API
/// `maxUnhealthy` and `unhealthyRange`, https://cluster-api.sigs.k8s.io/tasks/automated-machine-management/healthchecking).
package enum UnhealthyLimit: Sendable, Equatable {
    /// At most so many; percent are of the pool's nodes, rounded down.
    case most(Amount)
    /// Only while so many are unhealthy: `[3-5]`.
    case range(ClosedRange<Int>)

    /// Whether so many unhealthy nodes of so many may be remediated.
    package func allows(_ unhealthy: Int, of total: Int) -> Bool {
        switch self {
        case .most(let amount): unhealthy <= amount.rounded(up: false, of: total)
        case .range(let range): range.contains(unhealthy)
        }
    }
}

extension UnhealthyLimit: CustomStringConvertible {
    package var description: String {
        switch self {
        case .most(let amount): "\(amount)"
        case .range(let range): "[\(range.lowerBound)-\(range.upperBound)]"
        }
    }
}

/// When a node that falls ill and heals again and again is no longer trusted.
package struct FlappingSpec: Sendable, Equatable {
    /// So many faults; 0: never.
    package var faults = 3
    /// Within this time.
    package var within: Duration = .seconds(600)
    package init() {}
}
