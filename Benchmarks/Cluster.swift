internal import Reconciler

/// A cluster at rest: one node group of 30 regions, one origin and so many edges, all in service.
struct Cluster {
    static let regions = 30

    let spec: Spec
    let fleet: Fleet
    let now = Timestamp(milliseconds: 1_800_000_000_000)
    let origin = NodeID("origin-0")
    let streams = (0..<1024).map { StreamKey(scope: "live", name: "s\($0)") }
    private let loads = LoadRegistry()

    init(nodes count: Int, regions: Int = Self.regions, _ change: (inout RoleSpec) -> Void = { _ in }) {
        var group = NodeGroupSpec(name: "live", provider: "sim")
        let perRegion = count / regions
        group.regions = (0..<regions).map { index in
            var region = RegionSpec(name: "r\(index)")
            region.location = GeoPoint(latitude: Double(index * 5 - 70), longitude: Double(index * 11 - 160))
            return region
        }
        var source = RoleSpec(name: "origin")
        source.capabilities = [.publish]
        source.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        (source.min, source.max) = (0, 1)
        var edge = RoleSpec(name: "edge")
        edge.parent = "origin"
        edge.capabilities = [.subscribe]
        edge.endpoints = source.endpoints
        (edge.min, edge.max) = (perRegion, perRegion * 2)
        change(&edge)
        group.roles = [source, edge]
        group.regions[0].roles["origin"] = RegionSpec.RoleOverride(min: 1, max: 1)
        var spec = Spec(groups: [group])
        spec.providers["sim"] = ProviderSpec(name: "sim", settings: .simulated(SimulatedSpec()))
        self.spec = spec
        fleet = Self.fleet(spec, regions, perRegion, origin, now)
    }

    private static func fleet(
        _ spec: Spec, _ regions: Int, _ perRegion: Int, _ origin: NodeID, _ now: Timestamp
    ) -> Fleet {
        var nodes = [node(origin, PoolKey(group: "live", region: "r0", role: "origin"), spec, now)]
        for region in 0..<regions {
            let pool = PoolKey(group: "live", region: "r\(region)", role: "edge")
            for index in 0..<perRegion { nodes.append(node(NodeID("edge-\(region)-\(index)"), pool, spec, now)) }
        }
        var fleet = Fleet(nodes: nodes, observingSince: now)
        for scope in spec.providerScopes() { fleet.scopes[scope] = ScopeKnowledge(completeAt: now) }
        return fleet
    }

    private static func node(_ id: NodeID, _ pool: PoolKey, _ spec: Spec, _ now: Timestamp) -> Node {
        var node = Node(
            id: id, pool: pool, provider: "sim", token: id.rawValue, state: .inService, since: now,
            revision: spec.revision(of: pool) ?? "", requestedAt: now, reason: "as made for the benchmark")
        node.instanceID = id.rawValue
        node.address = "198.18.0.1"
        (node.createdAt, node.inServiceAt, node.lastHeartbeatAt) = (now, now, now)
        return node
    }

    /// A new routing view of it.
    func view(_ live: LiveState) -> RoutingView {
        RoutingView.build(spec: spec, fleet: fleet, now: now, heartbeatInterval: .seconds(1), loads: live.loads)
    }

    /// The view after that, as a round makes it when nothing changed.
    func nextView(_ live: LiveState) -> RoutingView {
        RoutingView.build(
            spec: spec, fleet: fleet, now: now, heartbeatInterval: .seconds(1), loads: live.loads, before: live.view)
    }

    /// What requests are answered from.
    func live() -> LiveState {
        let live = LiveState(startedAt: now, wake: {})
        live.publish(view: view(live))
        return live
    }

    /// A spec of many node groups, about so large.
    static func specText(bytes: Int) -> String {
        var text = """
            apiVersion: smreconcile/v1
            kind: Provider
            metadata: {name: lab}
            spec: {type: simulated}

            """
        var index = 0
        while text.utf8.count < bytes {
            index += 1
            text += """
                ---
                apiVersion: smreconcile/v1
                kind: NodeGroup
                metadata: {name: group-\(index), labels: {team: video}}
                spec:
                  provider: lab
                  scopes: [scope-\(index)]
                  regions:
                    - {name: us-east, zone: americas, location: {latitude: 39.0, longitude: -77.5}}
                    - {name: eu-west, location: {latitude: 53.3, longitude: -6.3}, roles: {edge: {min: 2, max: 40}}}
                  roles:
                    origin: {capabilities: [publish], endpoints: [{protocol: rtmp, port: 1935}], min: 1, max: 4}
                    edge:
                      parent: origin
                      capabilities: [subscribe]
                      endpoints: [{protocol: wss, port: 443}, {protocol: rtmp, port: 1935}]
                      capacity: {connections.subscriber: 200}
                      min: 1
                      max: 20
                      scaling:
                        rules: [{metric: connections.subscriber, target: 60%}]
                        scaleIn: {stabilization: 300s, policies: [{percent: 10, period: 60s}]}
                      health: {suspectAfter: 5s, faultAfter: 15s, startTimeout: 10m}

                """
        }
        return text
    }
}
