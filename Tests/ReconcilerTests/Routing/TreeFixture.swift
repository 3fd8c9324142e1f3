@testable import Reconciler

/// Origins in `us`, relays and edges in three regions; a name such as `r-eu-1` says role and region.
final class TreeFixture {
    static let key = StreamKey(scope: "live", name: "a")
    let spec: Spec
    let live: LiveState
    private(set) var nodes: [Node] = []
    private(set) var now = noon

    static func relay(_ change: (inout RoleSpec) -> Void = { _ in }) -> RoleSpec {
        var role = RoleSpec(name: "relay")
        role.capabilities = [.relay]
        role.parent = "origin"
        role.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        (role.min, role.max) = (1, 4)
        change(&role)
        return role
    }

    /// `us` and `eu` are near each other, `ap` has no place of its own.
    static func spec(
        origin: (inout RoleSpec) -> Void = { _ in }, relay: (inout RoleSpec) -> Void = { _ in },
        edge: (inout RoleSpec) -> Void = { _ in }
    ) -> Spec {
        let edges = Sample.edge { role in
            role.parent = "relay"
            edge(&role)
        }
        return Sample.spec(
            Sample.origin(min: 1, max: 2, origin), Self.relay(relay), edges, regions: ["us", "ap", "eu"]
        ) {
            $0.groups[0].regions[0].location = GeoPoint(latitude: 39, longitude: -77.5)
            $0.groups[0].regions[2].location = GeoPoint(latitude: 53.3, longitude: -6.3)
        }
    }

    init(_ names: String..., spec: Spec = spec()) {
        self.spec = spec
        live = LiveState(startedAt: noon, wake: {})
        nodes = names.map { Self.node($0, spec) }
        publish()
    }

    private static let roles = ["o": "origin", "r": "relay", "e": "edge"]

    static func node(_ name: String, _ spec: Spec) -> Node {
        let parts = name.split(separator: "-").map(String.init)
        let pool = PoolKey(group: "live", region: parts[1], role: roles[parts[0]] ?? parts[0])
        return Sample.node(name, in: pool, of: spec) { $0.address = "\(name).example" }
    }

    func publish() {
        for index in nodes.indices { nodes[index].lastHeartbeatAt = now }
        let view = RoutingView.build(
            spec: spec, fleet: Sample.fleet(nodes), now: now, heartbeatInterval: .seconds(1), loads: live.loads,
            before: live.view)
        live.publish(view: view)
        for node in view.gone { live.forget(node) }
        live.loads.forget(view.gone)
    }

    func change(_ id: String, _ edit: (inout Node) -> Void) {
        for index in nodes.indices where nodes[index].id.rawValue == id { edit(&nodes[index]) }
        publish()
    }

    func remove(_ id: String) {
        nodes.removeAll { $0.id.rawValue == id }
        publish()
    }

    func add(_ id: String) {
        nodes.append(Self.node(id, spec))
        publish()
    }

    func pass(_ time: Duration) { now = now + time }

    func goLive(on node: String, _ name: String = "a") {
        live.streams.markLive(StreamKey(scope: "live", name: name), on: NodeID(node), at: now)
    }

    /// The path to a node, as `r-us-1 o-us-1`; `here`, `none`, `full`.
    func path(_ node: String, _ name: String = "a") -> String {
        switch live.source(of: StreamKey(scope: "live", name: name), for: NodeID(node), at: now) {
        case .here: "here"
        case .notLive: "none"
        case .noRoom: "full"
        case .at(let path): path.nodes.map(\.rawValue).joined(separator: " ")
        }
    }

    private var sequences: [String: Int] = [:]

    /// A heartbeat: the streams that it pulls, and its children; nil reports none.
    @discardableResult
    func beat(_ node: String, _ streams: [String] = [], children: Int? = nil) -> HeartbeatAnswer? {
        sequences[node, default: 0] += 1
        let metrics = children.map { [Metric.children: Double($0)] } ?? [:]
        let reports = streams.map { StreamReport(scope: "live", name: $0, role: .relay, subscribers: 0) }
        return live.heartbeat(
            Heartbeat(sequence: sequences[node] ?? 1, metrics: metrics, streams: reports), from: NodeID(node), at: now)
    }

    func children(_ node: String) -> Int { live.view.nodes[NodeID(node)]?.load.children.total ?? -1 }
}
