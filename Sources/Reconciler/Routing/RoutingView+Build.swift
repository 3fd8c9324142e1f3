extension RoutingView {
    /// The view of a fleet under a spec. Safety rule 8: only nodes in service, heard of lately and not cordoned are candidates.
    /// What did not change since the view `before` is taken from there.
    package static func build(
        spec: Spec, fleet: Fleet, now: Timestamp, heartbeatInterval: Duration, loads: LoadRegistry,
        before: RoutingView = .empty
    ) -> RoutingView {
        var builder = ViewBuilder(spec: spec, interval: heartbeatInterval, loads: loads, before: before)
        return builder.build(fleet, now)
    }
}

/// Makes a view out of the one before, entry by entry and region by region: from one to the next, few of thousands of nodes change.
private struct ViewBuilder {
    /// How many parents an edge is told of.
    private static let parentCount = 8

    private struct Member {
        let node: Node
        let isServing: Bool
    }

    /// One pool in the making.
    private struct Draft {
        let role: RoleSpec?
        let health: HealthSpec?
        var pool: RoutingView.Pool?
        /// Nodes that are not gone, and those of them that serve.
        var members: [Member] = []
        var serving = 0
        /// Every serving node is in the view before as it is now.
        var isSame = true

        init(_ role: RoleSpec?) {
            self.role = role
            health = role?.health
        }

        mutating func add(_ node: Node, _ fleet: Fleet, _ now: Timestamp) {
            // A list may lag: a node that it does not show and that still reports is there.
            let isServing =
                node.state == .inService && (node.missingSince.map(node.isHeard(since:)) ?? true) && node.isReady
                && !node.cordoned && node.address != nil
                && health.map {
                    Standing(node: node, observingSince: fleet.observingSince, health: $0, now: now).isWell
                } ?? false
            members.append(Member(node: node, isServing: isServing))
            if isServing { serving += 1 }
        }
    }

    private let spec: Spec
    private let interval: Duration
    private let loads: LoadRegistry
    private let before: RoutingView
    private var drafts: [PoolKey: Draft]
    private var nodes: [NodeID: RoutingView.NodeEntry]
    /// Entries whose nodes the view before had, too.
    private var kept = 0

    init(spec: Spec, interval: Duration, loads: LoadRegistry, before: RoutingView) {
        self.spec = spec
        self.interval = interval
        self.loads = loads
        self.before = before
        drafts = spec.effectiveRoles().mapValues(Draft.init)
        nodes = before.nodes
    }

    mutating func build(_ fleet: Fleet, _ now: Timestamp) -> RoutingView {
        for node in fleet.nodes.values where node.state != .terminated {
            drafts[node.pool, default: Draft(nil)].add(node, fleet, now)
        }
        for key in drafts.keys {
            let pool = pool(key)
            drafts[key]?.pool = pool
        }
        for key in drafts.keys { enter(key) }
        var gone: [NodeID] = []
        if kept < before.nodes.count {
            gone = before.nodes.keys.filter { fleet.nodes[$0].map { $0.state == .terminated } ?? true }
            for node in gone { nodes[node] = nil }
        }
        let groups = spec.groups.map(view)
        return RoutingView(
            groups: groups, nodes: nodes, gone: gone, pools: drafts.compactMapValues(\.pool),
            trustedProxies: AddressSet(spec.manager.trustedProxies),
            ticketPolicies: Dictionary(
                (spec.groups.map { ($0.name, $0.tickets) } + spec.setAside.map { ($0.name, $0.tickets) }).lazy
                    .filter { !$1.isOpen },
                uniquingKeysWith: { first, _ in first }),
            ticketLifetime: spec.manager.tickets.lifetime,
            distribution: DistributionView(spec.groups, before: before.distribution, serving: parents(in:)))
    }

    /// The serving nodes of a pool, as parents.
    private func parents(in pool: PoolKey) -> [DistributionView.Parent] {
        (drafts[pool]?.members ?? []).lazy.filter(\.isServing).compactMap { member in
            nodes[member.node.id].map { DistributionView.Parent(id: member.node.id, entry: $0) }
        }
    }

    // MARK: - Pools

    /// That of the view before, where nothing of it changed.
    private func pool(_ key: PoolKey) -> RoutingView.Pool {
        let role = drafts[key]?.role
        let own = spec.group(key.group)?.role(key.role)
        let traits = RoutingView.Traits(
            pool: key, capabilities: role?.capabilities ?? [], endpoints: role?.endpoints ?? [],
            serves: Set(StreamAction.allCases.filter { own?.serves($0) == true }),
            publisherLimit: role?.capacity[Metric.publishers].map { Metric.count($0) } ?? .max,
            subscriberLimit: role?.capacity[Metric.subscribers].map { Metric.count($0) } ?? .max,
            routing: role?.routing ?? RoutingSpec(), isRanked: role?.capacityRanking != nil,
            heartbeatInterval: interval, parents: parents(of: key))
        if let known = before.pools[key], known.traits == traits { return known }
        return RoutingView.Pool(traits)
    }

    /// Where a pool's nodes pull from: the serving nodes of the parent role, those of the nearest region first.
    private func parents(of key: PoolKey) -> [String] {
        guard let group = spec.group(key.group), group.region(key.region) != nil, let own = group.role(key.role),
            let parent = own.parent, let role = group.role(parent)
        else { return [] }
        let regions = own.parents == .global ? group.regionNames(near: key.region) : [key.region]
        var urls: [String] = []
        var left = Self.parentCount
        for region in regions where left > 0 {
            let members = drafts[PoolKey(group: group.name, region: region, role: parent)]?.members ?? []
            let serving = members.lazy.filter(\.isServing).map(\.node).sorted { $0.id < $1.id }.prefix(left)
            left -= serving.count
            urls += serving.compactMap { $0.url(role) }
        }
        return urls
    }

    // MARK: - Nodes

    /// Makes an entry for each node of a pool, or leaves the one that there is.
    private mutating func enter(_ key: PoolKey) {
        guard let draft = drafts[key], let pool = draft.pool else { return }
        let limit = draft.role?.capacityLimit
        var isSame = true
        for member in draft.members {
            let (node, isServing) = (member.node, member.isServing)
            let takesClients = isServing && limit.map { Self.isBelow($0, node) } ?? true
            let known = before.nodes[node.id]
            if known != nil { kept += 1 }
            defer { if pool.traits.isRanked { rank(node, draft.role) } }
            if let known, known.isCurrent(node, pool, isServing, takesClients) { continue }
            nodes[node.id] = entry(node, draft.role, pool, isServing, takesClients, known)
            // One that served and does not any more shows in the number of those that do.
            if isServing { isSame = false }
        }
        drafts[key]?.isSame = isSame
    }

    private func rank(_ node: Node, _ role: RoleSpec?) {
        nodes[node.id]?.load.setRank(role?.capacityRanking?.evaluate(node: node.metrics).number)
    }

    /// Whether a node is below the limit of its role. One that does not report what the limit is about counts as below: a metric
    /// that stops, as with a new version of an agent, must not take a whole fleet out of routing; the hard limits of `capacity`
    /// still hold.
    private static func isBelow(_ limit: CapacityLimit, _ node: Node) -> Bool {
        guard case .number(let value) = limit.expression.evaluate(node: node.metrics) else { return true }
        return value < limit.below
    }

    private func entry(
        _ node: Node, _ role: RoleSpec?, _ pool: RoutingView.Pool, _ isServing: Bool, _ takesClients: Bool,
        _ before: RoutingView.NodeEntry?
    ) -> RoutingView.NodeEntry {
        let traits = pool.traits
        let load = before?.load ?? loads.load(of: node)
        let endpoints = node.endpoints.isEmpty ? traits.endpoints : node.endpoints
        let answers = Self.answers(of: node, endpoints, before)
        func candidate(_ action: StreamAction) -> Candidate? {
            let isCapable = action == .publish ? traits.takesPublishers : traits.capabilities.contains(.subscribe)
            guard isCapable, let endpoint = endpoints.first, let address = node.address else { return nil }
            return Candidate(
                node: node.id, group: traits.pool.group, region: traits.pool.region, address: address,
                endpoint: endpoint, for: action, capabilities: traits.capabilities,
                limit: action == .publish ? traits.publisherLimit : traits.subscriberLimit, load: load,
                isRanked: traits.isRanked, routing: traits.routing, answer: answers.first)
        }
        return RoutingView.NodeEntry(
            pool, state: node.state, isServing: isServing, takesClients: takesClients, address: node.address,
            endpoints: endpoints, answers: answers, load: load, publish: candidate(.publish),
            subscribe: candidate(.subscribe))
    }

    /// What clients are told of a node, by endpoint: made once for its life, since it takes longer than all else here together.
    private static func answers(
        of node: Node, _ endpoints: [Endpoint], _ before: RoutingView.NodeEntry?
    ) -> [RouteAnswerBytes] {
        guard let address = node.address else { return [] }
        if let before, before.address == address, before.endpoints == endpoints, before.pool == node.pool {
            return before.answers
        }
        return endpoints.map {
            RouteAnswerBytes(
                node: node.id, group: node.pool.group, region: node.pool.region, address: address, endpoint: $0)
        }
    }

    // MARK: - Groups

    private func view(_ group: NodeGroupSpec) -> RoutingView.GroupView {
        let old = before.groups.first { $0.name == group.name }
        let regions = group.regions.map { region in view(region, of: group, old) }
        let isSame =
            regions.count == old?.regions.count
            && zip(regions, old?.regions ?? []).allSatisfy { $0.candidates === $1.candidates }
        let everywhere: Candidates
        if isSame, let old {
            everywhere = old.everywhere
        } else {
            everywhere = Candidates(joining: regions.map(\.candidates))
        }
        return RoutingView.GroupView(
            name: group.name, scopes: group.scopes, publisherLimit: group.limits.publishers ?? .max,
            subscriberLimit: group.limits.subscribers ?? .max, load: loads.group(group.name),
            offers: group.offers, atLimit: regions.reduce(into: []) { $0.formUnion($1.atLimit) },
            regions: regions, atlas: atlas(of: group, old), everywhere: everywhere,
            ruled: isSame ? old?.ruled ?? Locked([:]) : Locked([:]))
    }

    /// That of the view before, where the regions are the same.
    private func atlas(of group: NodeGroupSpec, _ old: RoutingView.GroupView?) -> RegionAtlas {
        let places = group.regions.map {
            RegionAtlas.Place(name: $0.name, zone: $0.zone, location: $0.location)
        }
        if let old, old.atlas.places == places { return old.atlas }
        return RegionAtlas(places)
    }

    private func view(
        _ region: RegionSpec, of group: NodeGroupSpec, _ old: RoutingView.GroupView?
    ) -> RoutingView.RegionView {
        let keys = group.roles.map { PoolKey(group: group.name, region: region.name, role: $0.name) }
        let drafts = keys.compactMap { self.drafts[$0] }
        let pools = drafts.compactMap(\.pool)
        let serving = drafts.reduce(0) { $0 + $1.serving }
        let known = old?.regions.first { $0.name == region.name }
        if let known, known.serving == serving, drafts.allSatisfy(\.isSame),
            known.pools.elementsEqual(pools, by: ===)
        {
            return view(region, of: group, known.candidates, known.atLimit, pools, serving)
        }
        var members = Members()
        var atLimit: Set<StreamAction> = []
        for draft in drafts {
            guard let traits = draft.pool?.traits else { continue }
            for id in draft.members.lazy.filter(\.isServing).map(\.node.id).sorted() {
                guard let entry = nodes[id] else { continue }
                if entry.takesClients { members.add(entry, traits) } else { atLimit.formUnion(traits.serves) }
            }
        }
        for (index, member) in members.subscribe.enumerated() { member.entry.load.viewerSeat = index }
        let candidates = Candidates(
            publish: .init(members.publish), subscribe: .init(members.subscribe), transcode: .init(members.transcode))
        return view(region, of: group, candidates, atLimit, pools, serving)
    }

    private func view(
        _ region: RegionSpec, of group: NodeGroupSpec, _ candidates: Candidates, _ atLimit: Set<StreamAction>,
        _ pools: [RoutingView.Pool], _ serving: Int
    ) -> RoutingView.RegionView {
        RoutingView.RegionView(
            name: region.name, zone: region.zone, location: region.location,
            place: loads.place(of: region.name, in: group.name), candidates: candidates, atLimit: atLimit, pools: pools,
            serving: serving)
    }
}

/// The serving nodes of one region that take clients, by kind of client.
private struct Members {
    var publish: [(entry: RoutingView.NodeEntry, candidate: Candidate)] = []
    var subscribe: [(entry: RoutingView.NodeEntry, candidate: Candidate)] = []
    var transcode: [(entry: RoutingView.NodeEntry, candidate: Candidate)] = []

    mutating func add(_ entry: RoutingView.NodeEntry, _ traits: RoutingView.Traits) {
        if let candidate = entry.publish {
            if traits.capabilities.contains(.publish) { publish.append((entry, candidate)) }
            if traits.capabilities.contains(.transcode) { transcode.append((entry, candidate)) }
        }
        if traits.serves.contains(.subscribe), let candidate = entry.subscribe {
            subscribe.append((entry, candidate))
        }
    }
}

extension RoutingView.NodeEntry {
    /// Whether it says what would be said of its node now.
    fileprivate func isCurrent(
        _ node: Node, _ pool: RoutingView.Pool, _ isServing: Bool, _ takesClients: Bool
    ) -> Bool {
        common === pool && state == node.state && self.isServing == isServing
            && self.takesClients == takesClients && address == node.address
            && endpoints == (node.endpoints.isEmpty ? pool.traits.endpoints : node.endpoints)
    }
}

extension RoleSpec {
    /// Whether any of its nodes may get a client of that kind. A node that takes publishers and has no parent plays only what was
    /// published to itself: more such nodes are of no use to a viewer.
    func serves(_ action: StreamAction) -> Bool {
        capabilities.contains(action.capability)
            && (action == .publish || parent != nil || !capabilities.contains(.publish))
    }

    /// The same, for a client whose node must be capable of more. A publisher whose stream is to be transcoded goes to a node that can.
    func serves(_ action: StreamAction, _ needs: Set<Capability>) -> Bool {
        guard capabilities.isSuperset(of: needs) else { return false }
        return action == .publish && needs.contains(.transcode) || serves(action)
    }
}

extension NodeGroupSpec {
    /// See ``RoutingView/GroupView/offers``.
    fileprivate var offers: [RoutingView.Offer] {
        roles.map { .init(role: $0, protocols: ProtocolFamily.names(of: $0.endpoints.map(\.protocol))) }
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
