extension RoutingView {
    /// How many parents an edge is told of.
    private static let parentCount = 8

    /// The view of a fleet under a spec. Safety rule 8: only nodes in service, heard of lately and not cordoned are candidates.
    /// What did not change since the view `before` is taken from there.
    package static func build(
        spec: Spec, fleet: Fleet, now: Timestamp, heartbeatInterval: Duration, loads: LoadRegistry,
        before: RoutingView? = nil
    ) -> RoutingView {
        var serving: [PoolKey: [Node]] = [:]
        var entries: [(node: Node, role: RoleSpec?, isServing: Bool, takesClients: Bool)] = []
        entries.reserveCapacity(fleet.nodes.count)
        let roles = spec.effectiveRoles()
        for node in fleet.nodes.values where node.state != .terminated {
            let role = roles[node.pool]
            let isServing = role.map { Self.isServing(node, $0, fleet, now) } ?? false
            if isServing { serving[node.pool, default: []].append(node) }
            let takesClients = isServing && role?.capacityLimit.map { Self.isBelow($0, node) } ?? true
            entries.append((node, role, isServing, takesClients))
        }
        let parents = parentURLs(spec: spec, serving: serving)
        var nodes: [NodeID: NodeEntry] = [:]
        nodes.reserveCapacity(entries.count)
        for (node, role, isServing, takesClients) in entries {
            nodes[node.id] = entry(
                node, role, isServing: isServing, takesClients: takesClients, parents[node.pool] ?? [],
                heartbeatInterval, loads.load(of: node), before?.nodes[node.id])
        }
        let groups = spec.groups.map { groupView($0, serving, nodes, loads) }
        return RoutingView(groups: groups, nodes: nodes)
    }

    private static func isServing(_ node: Node, _ role: RoleSpec, _ fleet: Fleet, _ now: Timestamp) -> Bool {
        // A list may lag: a node that it does not show and that still reports is there.
        node.state == .inService && (node.missingSince.map(node.isHeard(since:)) ?? true) && node.isReady
            && !node.cordoned && node.address != nil
            && Silence(node: node, observingSince: fleet.observingSince, health: role.health, now: now) == .fresh
    }

    /// Whether a node is below the limit of its role. One that does not report what the limit is about counts as below: a metric
    /// that stops, as with a new version of an agent, must not take a whole fleet out of routing; the hard limits of `capacity`
    /// still hold.
    private static func isBelow(_ limit: CapacityLimit, _ node: Node) -> Bool {
        guard case .number(let value) = limit.expression.evaluate(node: node.metrics) else { return true }
        return value < limit.below
    }

    private static func entry(
        _ node: Node, _ role: RoleSpec?, isServing: Bool, takesClients: Bool, _ parents: [String],
        _ interval: Duration, _ load: NodeLoad, _ before: NodeEntry?
    ) -> NodeEntry {
        let rank = role?.capacityRanking?.evaluate(node: node.metrics).number
        let endpoints = node.endpoints.isEmpty ? role?.endpoints ?? [] : node.endpoints
        let capabilities = role?.capabilities ?? []
        let answers = answers(of: node, endpoints, before)
        func candidate(_ action: StreamAction) -> Candidate? {
            guard capabilities.contains(action.capability), let endpoint = endpoints.first, let address = node.address
            else { return nil }
            let limit = role?.capacity[action.metric].map { Metric.count($0) } ?? .max
            return Candidate(
                node: node.id, group: node.pool.group, region: node.pool.region, address: address, endpoint: endpoint,
                limit: limit, load: load,
                ranking: rank.map { Candidate.Ranking(value: $0, clients: load.total(action)) }, answer: answers.first)
        }
        return NodeEntry(
            pool: node.pool, state: node.state, isServing: isServing, takesClients: takesClients,
            capabilities: capabilities, directive: node.state.directive, heartbeatInterval: interval, parents: parents,
            address: node.address, endpoints: endpoints, answers: answers, load: load, publish: candidate(.publish),
            subscribe: candidate(.subscribe))
    }

    /// What clients are told of a node, by endpoint: made once for its life, since it takes longer than all else here together.
    private static func answers(of node: Node, _ endpoints: [Endpoint], _ before: NodeEntry?) -> [RouteAnswerBytes] {
        guard let address = node.address else { return [] }
        if let before, before.address == address, before.endpoints == endpoints { return before.answers }
        return endpoints.map {
            RouteAnswerBytes(
                node: node.id, group: node.pool.group, region: node.pool.region, address: address, endpoint: $0)
        }
    }

    /// Where each pool's nodes pull from: the serving nodes of the parent role, those of the same region first.
    private static func parentURLs(spec: Spec, serving: [PoolKey: [Node]]) -> [PoolKey: [String]] {
        var result: [PoolKey: [String]] = [:]
        for group in spec.groups {
            for role in group.roles {
                guard let parent = role.parent, let parentRole = group.role(parent) else { continue }
                for region in group.regions {
                    let others = group.regions.map(\.name).filter { $0 != region.name }
                    let nodes = ([region.name] + others).lazy.flatMap { place in
                        (serving[PoolKey(group: group.name, region: place, role: parent)] ?? []).sorted {
                            $0.id < $1.id
                        }
                    }
                    let key = PoolKey(group: group.name, region: region.name, role: role.name)
                    result[key] = nodes.prefix(parentCount).compactMap { $0.url(parentRole) }
                }
            }
        }
        return result
    }

    private static func groupView(
        _ group: NodeGroupSpec, _ serving: [PoolKey: [Node]], _ nodes: [NodeID: NodeEntry], _ loads: LoadRegistry
    ) -> GroupView {
        var everywhere = Candidates()
        var atLimit: Set<StreamAction> = []
        let regions = group.regions.map { region in
            var candidates = Candidates()
            for role in group.roles {
                let key = PoolKey(group: group.name, region: region.name, role: role.name)
                for node in (serving[key] ?? []).sorted(by: { $0.id < $1.id }) {
                    guard let entry = nodes[node.id] else { continue }
                    guard entry.takesClients else {
                        atLimit.formUnion(StreamAction.allCases.filter(role.serves))
                        continue
                    }
                    if let candidate = entry.publish { candidates.add(candidate, .publish, entry) }
                    if role.serves(.subscribe), let candidate = entry.subscribe {
                        candidates.add(candidate, .subscribe, entry)
                    }
                }
            }
            everywhere.add(candidates)
            return RegionView(name: region.name, zone: region.zone, location: region.location, candidates: candidates)
        }
        return GroupView(
            name: group.name, scopes: group.scopes, publisherLimit: group.limits.publishers ?? .max,
            subscriberLimit: group.limits.subscribers ?? .max, load: loads.group(group.name),
            protocols: group.protocols, atLimit: atLimit, regions: regions, everywhere: everywhere)
    }
}

extension RoutingView.Candidates {
    fileprivate mutating func add(_ candidate: Candidate, _ action: StreamAction, _ entry: RoutingView.NodeEntry) {
        switch action {
        case .publish: publish.append(candidate)
        case .subscribe: subscribe.append(candidate)
        }
        for (endpoint, answer) in zip(entry.endpoints, entry.answers) {
            let own = endpoint == candidate.endpoint ? candidate : candidate.at(endpoint, answer)
            switch action {
            case .publish: publishByProtocol[endpoint.protocol, default: []].append(own)
            case .subscribe: subscribeByProtocol[endpoint.protocol, default: []].append(own)
            }
        }
    }

    fileprivate mutating func add(_ other: Self) {
        publish += other.publish
        subscribe += other.subscribe
        publishByProtocol.merge(other.publishByProtocol) { $0 + $1 }
        subscribeByProtocol.merge(other.subscribeByProtocol) { $0 + $1 }
    }
}

extension Candidate {
    init(
        node: NodeID, group: String, region: String, address: String, endpoint: Endpoint, limit: Int, load: NodeLoad,
        ranking: Ranking? = nil, answer known: RouteAnswerBytes? = nil
    ) {
        self.node = node
        self.group = group
        self.region = region
        self.address = address
        self.endpoint = endpoint
        self.limit = limit
        self.load = load
        self.ranking = ranking
        answer =
            known
            ?? RouteAnswerBytes(node: node, group: group, region: region, address: address, endpoint: endpoint)
    }

    /// The same node at another of its endpoints.
    func at(_ endpoint: Endpoint, _ answer: RouteAnswerBytes? = nil) -> Candidate {
        Candidate(
            node: node, group: group, region: region, address: address, endpoint: endpoint, limit: limit, load: load,
            ranking: ranking, answer: answer)
    }
}

extension RoleSpec {
    /// Whether any of its nodes may get a client of that kind. A node that takes publishers and has no parent plays only what was
    /// published to itself: more such nodes are of no use to a viewer.
    func serves(_ action: StreamAction) -> Bool {
        capabilities.contains(action.capability)
            && (action == .publish || parent != nil || !capabilities.contains(.publish))
    }
}

extension NodeGroupSpec {
    /// See ``RoutingView/GroupView/protocols``.
    fileprivate var protocols: [StreamAction: Set<String>] {
        var result: [StreamAction: Set<String>] = [:]
        for role in roles {
            for action in StreamAction.allCases where role.serves(action) {
                result[action, default: []].formUnion(role.endpoints.map(\.protocol))
            }
        }
        return result
    }
}

extension NodeState {
    /// What a node in this state is told.
    package var directive: Directive {
        switch self {
        case .requested, .creating, .created, .started, .inService, .fault: .serve
        case .draining: .drain
        case .evicting: .evict
        case .terminating, .terminated: .stop
        }
    }
}

extension Node {
    /// Where it listens: its own ports, else the role's.
    package func effectiveEndpoints(_ role: RoleSpec?) -> [Endpoint] {
        endpoints.isEmpty ? role?.endpoints ?? [] : endpoints
    }

    /// `protocol://address:port` of its first endpoint.
    package func url(_ role: RoleSpec?) -> String? {
        guard let address, let endpoint = effectiveEndpoints(role).first else { return nil }
        let host = address.contains(":") ? "[\(address)]" : address
        return "\(endpoint.protocol)://\(host):\(endpoint.port)"
    }
}

extension Spec {
    /// Every pool that should exist, with its role's effective numbers.
    package func effectiveRoles() -> [PoolKey: RoleSpec] {
        var result: [PoolKey: RoleSpec] = [:]
        for group in groups {
            for region in group.regions {
                for role in group.roles {
                    let key = PoolKey(group: group.name, region: region.name, role: role.name)
                    result[key] = group.effectiveRole(role.name, in: region.name)
                }
            }
        }
        return result
    }
}
