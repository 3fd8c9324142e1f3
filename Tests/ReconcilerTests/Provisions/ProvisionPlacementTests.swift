import Testing

@testable import Reconciler

@Suite struct ProvisionPlacementTests {
    private static func pool(_ region: String, _ role: String = "origin") -> PoolKey {
        PoolKey(group: "live", region: region, role: role)
    }

    /// Two origins in `us`, which is in zone `americas`, one in `eu`; a transcoder in `eu`.
    private static let nodes = [
        Sample.node("u1", in: pool("us")), Sample.node("u2", in: pool("us")), Sample.node("e1", in: pool("eu")),
        Sample.node("t1", in: pool("eu", "transcoder")), Sample.node("edge", in: pool("us", "edge")),
    ]

    private static func fixture(_ change: (inout Fleet) -> Void = { _ in }) -> RoutingFixture {
        var spec = Sample.spec(
            Sample.origin { $0.capacity = [Metric.publishers: 4] },
            Sample.origin {
                $0.name = "transcoder"
                $0.capabilities = [.publish, .transcode]
                $0.capacity = [Metric.publishers: 4]
            }, Sample.edge(), regions: ["us", "eu"])
        spec.groups[0].regions[0].zone = "americas"
        spec.groups[0].limits.publishers = 10
        return RoutingFixture(nodes, spec: spec, change)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var regions: [String] = []
        var strict = false
        var endpoints = 1
        var rule: Provision.GeoRules?
        var capabilities: [Capability]?
        var streams = 1
        var kept: [NodeID] = []
        var loads: [NodeID: Int] = [:]
        var promised: [NodeID: Int] = [:]
        var want: [NodeID]
    }

    @Test(arguments: [
        Case(testDescription: "the least loaded", loads: ["e1": 1, "t1": 1, "u1": 1], want: ["u2"]),
        Case(testDescription: "of equals the first by name", want: ["e1"]),
        Case(testDescription: "the wanted region", regions: ["us"], loads: ["u1": 2, "u2": 1], want: ["u2"]),
        Case(testDescription: "a zone is as good", regions: ["americas"], want: ["u1"]),
        Case(
            testDescription: "the next region when the wanted is full", regions: ["us"], loads: ["u1": 4, "u2": 4],
            want: ["e1"]),
        Case(
            testDescription: "strict allows no other", regions: ["us"], strict: true, loads: ["u1": 4, "u2": 4],
            want: []),
        Case(testDescription: "a region that nobody has", regions: ["mars"], want: ["e1"]),
        Case(testDescription: "a region that nobody has, strictly", regions: ["mars"], strict: true, want: []),
        Case(
            testDescription: "a rule above the wish", regions: ["us"], rule: .init(regions: ["eu"], restricted: false),
            want: ["e1"]),
        Case(
            testDescription: "a barred zone", regions: ["us"], rule: .init(regions: ["americas"], restricted: true),
            want: ["e1"]),
        Case(testDescription: "a transcoder", regions: ["us"], capabilities: [.transcode], want: ["t1"]),
        Case(testDescription: "what no role is capable of", capabilities: [.relay], want: []),
        Case(
            testDescription: "room for all of its streams", streams: 3, loads: ["e1": 2, "t1": 2, "u1": 2, "u2": 1],
            want: ["u2"]),
        Case(testDescription: "more streams than a node takes", streams: 5, want: []),
        Case(testDescription: "streams that were promised count", promised: ["e1": 1, "t1": 1, "u1": 2], want: ["u2"]),
        Case(
            testDescription: "its own promise does not count against it", streams: 4, kept: ["u1"], promised: ["u1": 4],
            want: ["u1"]),
        Case(testDescription: "what it has stays", regions: ["eu"], kept: ["u2"], loads: ["u2": 3], want: ["u2"]),
        Case(testDescription: "what it has goes when it is full", kept: ["u2"], loads: ["u2": 4], want: ["e1"]),
        Case(
            testDescription: "several, the best first", endpoints: 3, loads: ["e1": 3, "t1": 2, "u2": 1],
            want: ["u1", "u2", "t1"]),
        Case(testDescription: "as many as there are", endpoints: 9, want: ["e1", "t1", "u1", "u2"]),
        Case(testDescription: "strictly as many as asked for", strict: true, endpoints: 5, want: []),
        Case(testDescription: "the group's own limit", loads: ["e1": 3, "t1": 3, "u1": 3, "u2": 1], want: []),
    ])
    func `the nodes are the best that fit`(_ row: Case) {
        let fixture = Self.fixture()
        for (node, load) in row.loads { fixture.live.view.nodes[node]?.load.report(publishers: load, subscribers: 0) }
        var provision = Provision(
            group: "live", guid: "live/p", geoRules: row.rule, capabilities: row.capabilities,
            streams: (0..<row.streams).map { .init(guid: "live/p\($0)") })
        if !row.kept.isEmpty { provision.distribution = .init(nodes: row.kept, at: noon) }
        var placement = ProvisionPlacement()
        placement.regions = row.regions
        placement.strict = row.strict
        placement.endpoints = row.endpoints
        #expect(
            placement.nodes(for: provision, in: fixture.live.view, promised: row.promised, isLive: { _ in false })
                == row.want)
    }

    @Test func `nodes that get no new clients are none, and neither are those of a group that is not there`() {
        let fixture = Self.fixture { fleet in
            for id in ["u1", "u2", "t1"] as [NodeID] { fleet.update(id) { $0.cordoned = true } }
        }
        let view = fixture.live.view
        func nodes(_ group: String) -> [NodeID] {
            ProvisionPlacement().nodes(
                for: Provision(group: group, guid: "live/p", streams: [.init(guid: "live/p")]), in: view, promised: [:],
                isLive: { _ in false })
        }
        #expect(nodes("live") == ["e1"] && nodes("other") == [])
    }
}
