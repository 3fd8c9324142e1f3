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
    package var regions: [RegionSpec] = []
    /// In the order of the file.
    package var roles: [RoleSpec] = []
    package var source: SourceLocation?

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
    /// The first is the default protocol.
    package var endpoints: [Endpoint] = []
    /// The hard limit of one node by metric name.
    package var capacity: [String: Double] = [:]
    /// Over one node's metrics; of two nodes that routing drew, the one with the lower value gets the client. Nil: the load in
    /// proportion to the limit.
    package var capacityRanking: Expression?
    /// Over one node's metrics; at or above its bound the node gets no more clients.
    package var capacityLimit: CapacityLimit?
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
    /// From fault to destroyed.
    package var faultTimeout: Duration = .seconds(60)
    package var maxUnhealthy: Amount = .percent(100)
    /// Its nodes run an agent that reports; false: probes alone say how they are.
    package var heartbeat = true
    /// How the manager itself looks at its nodes.
    package var probes: [ProbeSpec] = []
    package init() {}
}
