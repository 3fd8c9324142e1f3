import Testing

@testable import Reconciler

/// `routing: {affinity}`: a viewer is sent to an edge that carries the stream already, while that does not break the balance.
@Suite struct AffinityTests {
    /// Edges `e0`, `e1` ... of `us`, and `w0`, `w1` ... of `eu`, with these viewers each; those in `carriers` carry the stream `a`.
    private func fixture(
        us: [Int], eu: [Int] = [], carriers: [String], affinity: Int = 10, limit: Double? = 100,
        _ change: (inout RoleSpec) -> Void = { _ in }
    ) -> RoutingFixture {
        let spec = Sample.spec(
            Sample.edge { role in
                role.endpoints.append(Endpoint(protocol: "wss", port: 443))
                if let limit { role.capacity = [Metric.subscribers: limit] }
                role.routing.affinity = affinity
                change(&role)
            }, Sample.origin(), regions: ["us", "eu"]
        ) {
            $0.groups[0].regions[0].location = GeoPoint(latitude: 39, longitude: -77)
            $0.groups[0].regions[1].location = GeoPoint(latitude: 53, longitude: -6)
        }
        func edges(_ prefix: String, _ region: String, _ loads: [Int]) -> [Node] {
            loads.enumerated().map { index, load in
                Sample.node("\(prefix)\(index)", in: PoolKey(group: "live", region: region, role: "edge"), of: spec) {
                    $0.metrics = [Metric.subscribers: Double(load)]
                }
            }
        }
        let nodes = edges("e", "us", us) + edges("w", "eu", eu) + [Sample.node("o", in: Sample.origins, of: spec)]
        let fixture = RoutingFixture(nodes, spec: spec)
        fixture.goLive(on: "o")
        for node in carriers { carry(fixture, NodeID(node)) }
        return fixture
    }

    private func carry(_ fixture: RoutingFixture, _ node: NodeID, _ streams: [String] = ["a"], _ sequence: Int = 1) {
        let load = fixture.live.view.nodes[node]?.load.total(.subscribe) ?? 0
        let reports = streams.map { StreamReport(scope: "live", name: $0, role: .edge, subscribers: load) }
        _ = fixture.live.heartbeat(
            Sample.heartbeat(sequence, subscribers: Double(load), streams: reports), from: node, at: noon)
    }

    /// Who gets the next viewer, over many draws that are not counted.
    private func winners(
        _ fixture: RoutingFixture, protocol wanted: String? = nil, regions: [String] = ["us"]
    ) -> Set<String> {
        let query = RouteQuery(
            stream: StreamKey(scope: "live", name: "a"), action: .subscribe, protocol: wanted, regions: regions)
        let router = Router(view: fixture.live.view, streams: fixture.live.streams)
        return Set(
            (0..<200).compactMap { seed in
                var random = SeededRandom(seed: UInt64(seed))
                return router.route(query, at: noon, using: &random, trace: RouteTrace()).candidate?.node.rawValue
            })
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var us: [Int]
        var eu: [Int] = []
        var carriers: [String]
        var affinity = 10
        var limit: Double? = 100
        var regions = ["us"]
        var want: Set<String>
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "an edge that carries the stream comes first", us: [5, 5, 5, 5], carriers: ["e2"], want: ["e2"]),
        Case(name: "also when it is a little fuller", us: [5, 5, 14, 5], carriers: ["e2"], want: ["e2"]),
        Case(
            name: "not when it is fuller by more than the affinity", us: [5, 5, 16, 5], carriers: ["e2"],
            want: ["e0", "e1", "e3"]),
        Case(
            name: "the affinity is of the capacity", us: [5, 5, 44, 5], carriers: ["e2"], affinity: 40, want: ["e2"]),
        Case(
            name: "0% prefers nobody", us: [5, 5, 5, 5], carriers: ["e2"], affinity: 0, want: ["e0", "e1", "e2", "e3"]),
        Case(
            name: "the less loaded of two that carry it", us: [5, 9, 5, 4], carriers: ["e1", "e3"], want: ["e1", "e3"]),
        Case(name: "not one at its limit", us: [95, 95, 100], carriers: ["e2"], want: ["e0", "e1"]),
        Case(
            name: "not one of another region, while this one has room", us: [5, 5, 5], eu: [0], carriers: ["w0"],
            want: ["e0", "e1", "e2"]),
        Case(
            name: "one of any region for a client without a preference", us: [5, 5, 5], eu: [5, 5], carriers: ["w1"],
            regions: [], want: ["w1"]),
        Case(
            name: "without a capacity, by ten viewers", us: [5, 5, 15], carriers: ["e2"], limit: nil, want: ["e2"]),
        Case(
            name: "without a capacity, not by eleven", us: [5, 5, 16], carriers: ["e2"], limit: nil,
            want: ["e0", "e1"]),
        Case(name: "nobody carries it", us: [5, 5], carriers: [], want: ["e0", "e1"]),
    ]

    @Test(arguments: cases) func `who gets the viewer`(_ example: Case) {
        let fixture = fixture(
            us: example.us, eu: example.eu, carriers: example.carriers, affinity: example.affinity,
            limit: example.limit)
        let winners = winners(fixture, regions: example.regions)
        if example.carriers.count > 1 {
            #expect(winners.isSubset(of: example.want) && !winners.isEmpty)
        } else {
            #expect(winners == example.want)
        }
        // Over the second protocol of the role: other candidates, the same nodes.
        #expect(self.winners(fixture, protocol: "wss", regions: example.regions) == winners)
    }

    @Test func `an edge that carries the stream no more has no preference, and one that drains gets nobody`() {
        let fixture = fixture(us: [5, 5, 5], carriers: ["e1"])
        #expect(winners(fixture) == ["e1"])
        carry(fixture, "e1", [], 2)
        #expect(winners(fixture) == ["e0", "e1", "e2"])
        carry(fixture, "e1", ["a"], 3)
        let spec = fixture.spec
        fixture.publish(
            [Sample.node("e1", .draining, of: spec), Sample.node("e0", of: spec), Sample.node("e2", of: spec)]
                + [Sample.node("o", in: Sample.origins, of: spec)])
        #expect(winners(fixture) == ["e0", "e2"])
    }

    @Test func `a crowd of one stream goes to one edge only until the others are as full`() {
        let fixture = fixture(us: Array(repeating: 0, count: 10), carriers: ["e4"])
        for viewer in 0..<500 {
            #expect(fixture.route(.subscribe, regions: ["us"], seed: UInt64(viewer)).node != nil)
        }
        let totals = (0..<10).map { fixture.live.view.nodes[NodeID("e\($0)")]?.load.total(.subscribe) ?? 0 }
        #expect(totals.reduce(0, +) == 500)
        let others = totals.enumerated().filter { $0.offset != 4 }.map(\.element)
        #expect(totals[4] - (others.max() ?? 0) <= 12, "\(totals)")
        #expect(totals[4] >= (others.max() ?? 0), "\(totals)")
    }

    @Test(arguments: 0..<20) func `whatever comes and goes, the places are those of the carriers`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let fixture = fixture(us: [0, 0, 0, 0], eu: [0, 0, 0], carriers: [], affinity: 100)
        let nodes: [NodeID] = ["e0", "e1", "e2", "e3", "w0", "w1", "w2"]
        var sequence = 1
        for step in 0..<60 {
            sequence += 1
            let node = nodes[Int(random.next() % 7)]
            carry(fixture, node, random.next() % 2 == 0 ? ["a"] : [], sequence)
            let entry = fixture.live.streams.entry(StreamKey(scope: "live", name: "a"))
            let carriers = entry.map { Set($0.carriers.keys) } ?? []
            // With 100% the one that was drawn is always one of them, where its region has one.
            let inRegion = carriers.filter { $0.rawValue.hasPrefix("w") }
            guard !inRegion.isEmpty else { continue }
            let winner = fixture.route(.subscribe, regions: ["eu"], seed: random.next()).node
            #expect(winner.map { inRegion.contains(NodeID($0)) } == true, "seed \(seed), step \(step)")
        }
    }
}
