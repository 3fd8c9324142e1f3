@testable import Reconciler

/// The moment at which most tests take place.
let noon = Timestamp(milliseconds: 1_800_000_000_000)

/// What tests are made from: one group `live` in region `us`, provider `lab`.
enum Sample {
    static let owner = "us"
    static let scope = ProviderScope(provider: "lab", region: "us")
    static let edges = PoolKey(group: "live", region: "us", role: "edge")
    static let origins = PoolKey(group: "live", region: "us", role: "origin")

    static func edge(min: Int = 2, max: Int = 4, _ change: (inout RoleSpec) -> Void = { _ in }) -> RoleSpec {
        var role = RoleSpec(name: "edge")
        role.capabilities = [.subscribe]
        role.parent = "origin"
        role.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        role.min = min
        role.max = max
        change(&role)
        return role
    }

    static func origin(min: Int = 1, max: Int = 2, _ change: (inout RoleSpec) -> Void = { _ in }) -> RoleSpec {
        var role = RoleSpec(name: "origin")
        role.capabilities = [.publish]
        role.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        role.min = min
        role.max = max
        change(&role)
        return role
    }

    static func spec(
        _ roles: RoleSpec..., regions: [String] = ["us"], _ change: (inout Spec) -> Void = { _ in }
    ) -> Spec {
        var group = NodeGroupSpec(name: "live", provider: "lab")
        group.image = "image-1"
        group.regions = regions.map { RegionSpec(name: $0) }
        group.roles = roles
        var spec = Spec()
        spec.providers = ["lab": ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))]
        spec.groups = [group]
        change(&spec)
        return spec
    }

    /// A group that does not read any more, of which nothing is known.
    static func aside(_ name: String) -> SetAsideGroup {
        SetAsideGroup(name: name, problems: [], document: SpecSource(name: "api:\(name)", text: ""))
    }

    /// A node that is as a healthy one of its state is: of the spec's revision, heard a moment ago.
    static func node(
        _ id: String, _ state: NodeState = .inService, in pool: PoolKey = edges, of spec: Spec? = nil,
        _ change: (inout Node) -> Void = { _ in }
    ) -> Node {
        let revision = (spec ?? Self.spec(edge(), origin())).revision(of: pool) ?? "none"
        var node = Node(
            id: NodeID(id), pool: pool, provider: "lab", token: "token-\(id)", state: state,
            since: noon - .seconds(600),
            revision: revision, requestedAt: noon - .seconds(700), reason: "as the test says")
        if state != .requested, state != .creating {
            node.instanceID = "i-\(id)"
            node.address = "203.0.113.7"
            node.createdAt = noon - .seconds(650)
        }
        if !state.isComing {
            node.inServiceAt = noon - .seconds(600)
            node.lastHeartbeatAt = noon
        }
        change(&node)
        return node
    }

    /// Every scope of these nodes and of region `us` is known.
    static func fleet(_ nodes: [Node], _ change: (inout Fleet) -> Void = { _ in }) -> Fleet {
        var fleet = Fleet(nodes: nodes, observingSince: noon - .seconds(3600))
        for scope in Set(nodes.map(\.scope)).union([scope]) {
            fleet.scopes[scope] = ScopeKnowledge(completeAt: noon - .seconds(2))
        }
        change(&fleet)
        return fleet
    }

    static func instance(
        _ node: String, id: String? = nil, pool: PoolKey = edges, owner: String = owner,
        state: Instance.State = .running, address: String? = "203.0.113.7"
    ) -> Instance {
        Instance(
            id: id ?? "i-\(node)",
            tags: InstanceTags(
                owner: owner, group: pool.group, region: pool.region, role: pool.role, node: NodeID(node)),
            token: "token-\(node)", revision: "r", state: state, address: address)
    }

    static func list(
        _ instances: [Instance], complete: Bool = true, askedAt: Timestamp = noon
    ) -> Observation {
        let listing = Listing(instances: instances, complete: complete)
        return Observation(listings: [ListingReport(scope: scope, askedAt: askedAt, result: .success(listing))])
    }

    static func heartbeat(
        _ sequence: Int = 1, publishers: Double = 0, subscribers: Double = 0, streams: [StreamReport] = []
    ) -> Heartbeat {
        Heartbeat(
            sequence: sequence, metrics: [Metric.publishers: publishers, Metric.subscribers: subscribers],
            streams: streams)
    }
}

extension Plan {
    /// `drain a`, `create`: kind and node of each action, in the plan's order.
    var words: [String] {
        actions.map { action in ([action.kind.rawValue] + [action.node].compactMap { $0 }).joined(separator: " ") }
    }

    /// `create unknown`: kind and limit of each hold.
    var heldWords: [String] { held.map { "\($0.kind.rawValue) \($0.limit)" } }
}

extension NodeID: ExpressibleByStringLiteral {
    /// Tests name nodes by literals.
    public init(stringLiteral value: String) { self.init(value) }
}
