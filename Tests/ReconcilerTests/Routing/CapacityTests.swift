import Testing

@testable import Reconciler

/// `capacityRanking` and `capacityLimit` of a role.
@Suite struct CapacityTests {
    private func spec(ranking: String? = nil, limit: String? = nil, publishers: Double? = nil) throws -> Spec {
        let ranking = try ranking.map { try Expression(text: $0, form: .capacity) }
        let limit = try limit.map { CapacityLimit(expression: try Expression(text: $0, form: .capacity), below: 0.9) }
        return Sample.spec(
            Sample.origin {
                $0.capacityRanking = ranking
                $0.capacityLimit = limit
                if let publishers { $0.capacity = [Metric.publishers: publishers] }
            }, Sample.edge())
    }

    private func origin(_ id: String, _ metrics: [String: Double]) -> Node {
        Sample.node(id, in: Sample.origins) { $0.metrics = metrics }
    }

    // MARK: - The limit

    @Test func `a node at its limit gets no new clients, and is still the one for a stream that it has`() throws {
        let spec = try spec(limit: "cpu.system.load")
        let cool = [origin("a", ["cpu.system.load": 0.89]), origin("b", ["cpu.system.load": 0.9])]
        let fixture = RoutingFixture(cool, spec: spec)
        for seed in 0..<20 { #expect(fixture.route(.publish, "new-\(seed)", seed: UInt64(seed)).node == "a") }
        fixture.goLive("known", on: "b")
        #expect(fixture.route(.publish, "known").node == "b")
        // A publisher that was sent there a moment ago is let in.
        #expect(fixture.live.published(StreamKey(scope: "live", name: "late"), on: "b", at: noon))
        #expect(fixture.live.view.nodes["b"]?.isServing == true)
    }

    @Test func `when all are at their limit, that is no room`() throws {
        let spec = try spec(limit: "cpu.system.load")
        let fixture = RoutingFixture([origin("a", ["cpu.system.load": 1])], spec: spec)
        #expect(fixture.route(.publish).refusal == "503 no node has room to publish (node group 'live')")
        fixture.goLive(on: "a")
        #expect(fixture.route(.subscribe).refusal == "503 no node is in service that can subscribe (node group 'live')")
    }

    @Test func `an origin at its limit takes no viewers of its own streams either`() throws {
        let limit = try CapacityLimit(expression: Expression(text: "cpu.system.load", form: .capacity), below: 0.9)
        let spec = Sample.spec(
            Sample.origin {
                $0.capabilities = [.publish, .subscribe]
                $0.capacityLimit = limit
            })
        let fixture = RoutingFixture([origin("a", ["cpu.system.load": 0.5])], spec: spec)
        fixture.goLive(on: "a")
        #expect(fixture.route(.subscribe).node == "a")
        fixture.publish([origin("a", ["cpu.system.load": 0.95])])
        #expect(fixture.route(.subscribe).refusal == "503 no node is in service that can subscribe (node group 'live')")
    }

    @Test func `a node whose limit is unknown counts as below it, and its hard limit holds`() throws {
        let spec = try spec(limit: "cpu.system.load", publishers: 1)
        let fixture = RoutingFixture([origin("a", [:]), origin("b", ["cpu.system.load": 2])], spec: spec)
        #expect(fixture.route(.publish, "one").node == "a")
        #expect(fixture.route(.publish, "two").refusal == "503 no node has room to publish (node group 'live')")
    }

    // MARK: - The ranking

    private func candidate(_ id: String, rank: Double?, limit: Int = .max, load: Int = 0) -> Candidate {
        let counter = NodeLoad(group: GroupLoad())
        counter.report(publishers: load, subscribers: 0)
        counter.setRank(rank)
        return Candidate(
            node: NodeID(id), group: "live", region: "us", address: "a", endpoint: Endpoint(protocol: "rtmp", port: 1),
            for: .publish, limit: limit, load: counter, isRanked: true)
    }

    @Test(
        arguments: [
            (0.2, 0, 0.8, 0, true), (0.8, 0, 0.2, 0, false), (0.2, 90, 0.8, 10, true), (-5, 90, 5, 10, true),
            // Nearly equal, or equal: the load.
            (1.00, 90, 1.04, 10, false), (1.04, 10, 1.00, 90, true), (0, 10, 0, 90, true), (0, 90, 0, 10, false),
            (nil, 90, 0.8, 10, false), (0.2, 90, nil, 10, false), (nil, 10, nil, 90, true),
        ] as [(Double?, Int, Double?, Int, Bool)])
    func `the lower rank wins; the load where ranks say nothing`(
        left: Double?, leftLoad: Int, right: Double?, rightLoad: Int, want: Bool
    ) {
        let one = candidate("left", rank: left, limit: 200, load: leftLoad)
        let other = candidate("right", rank: right, limit: 200, load: rightLoad)
        let selection = Selection(for: .publish, in: one.load.group)
        #expect(selection.ranked(CandidateList([one, other]), 0, 1).isLess == want)
    }

    @Test func `a better rank brings a node its lead, and then the load decides`() {
        let list = [
            candidate("idle", rank: 0.1, limit: 200, load: 50), candidate("busy", rank: 0.9, limit: 200, load: 50),
        ]
        let candidates = CandidateList(list)
        let selection = Selection(for: .publish, in: list[0].load.group)
        var random = SeededRandom(seed: 5)
        var taken: [String] = []
        for _ in 0..<10 {
            _ = selection.pick(from: candidates, using: &random).map { taken.append(list[$0].node.rawValue) }
        }
        #expect(taken == Array(repeating: "idle", count: 10))
        for _ in 0..<90 { _ = selection.pick(from: candidates, using: &random) }
        let totals = list.map { $0.load.total(.publish) }
        #expect(totals[0] - totals[1] <= 10 && totals[0] + totals[1] == 200)
    }

    @Test func `a crowd between two rounds spreads over all nodes, whatever their ranks`() {
        let list = (0..<50).map { candidate("n\($0)", rank: Double($0), limit: 200) }
        var random = SeededRandom(seed: 8)
        let candidates = CandidateList(list)
        let selection = Selection(for: .publish, in: list[0].load.group)
        for _ in 0..<5000 { _ = selection.pick(from: candidates, using: &random) }
        let totals = list.map { $0.load.total(.publish) }
        #expect(totals.reduce(0, +) == 5000)
        #expect((totals.max() ?? 0) <= 125 && (totals.min() ?? 0) >= 75)
    }

    @Test func `the rank is that of the newest metrics, and a node without them has none`() throws {
        let spec = try spec(ranking: "connections.client / cpu.processors")
        let nodes = [
            origin("a", ["connections.client": 10, "cpu.processors": 4]), origin("b", ["connections.client": 3]),
            origin("c", ["connections.client": 3, "cpu.processors": 0]),
        ]
        let fixture = RoutingFixture(nodes, spec: spec)
        let ranks = fixture.live.view.nodes.mapValues { $0.publish?.ranking?.value }
        #expect(ranks == ["a": 2.5, "b": nil, "c": nil])
        fixture.publish([origin("a", ["connections.client": 2, "cpu.processors": 4])])
        #expect(fixture.live.view.nodes["a"]?.publish?.ranking?.value == 0.5)
    }
}
