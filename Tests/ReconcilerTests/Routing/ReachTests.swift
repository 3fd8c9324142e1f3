import Testing

@testable import Reconciler

/// Viewers where nodes serve only so many pulls: nobody is sent to an edge that cannot get the stream.
@Suite struct ReachTests {
    private static let stream = StreamKey(scope: "live", name: "a")

    /// One origin that serves two pulls, and edges with room for three viewers each.
    private func fixture(edges: Int, limit: Double? = 2, affinity: Int = 0) -> RoutingFixture {
        let spec = Sample.spec(
            Sample.edge(max: edges) { role in
                role.capacity = [Metric.subscribers: 3]
                role.routing.affinity = affinity
            },
            Sample.origin { role in if let limit { role.capacity = [Metric.children: limit] } })
        let nodes =
            (0..<edges).map { Sample.node("e\($0)", of: spec) } + [Sample.node("o", in: Sample.origins, of: spec)]
        let fixture = RoutingFixture(nodes, spec: spec)
        fixture.goLive(on: "o")
        return fixture
    }

    private func watch(_ fixture: RoutingFixture, _ count: Int, from seed: Int = 0) -> (
        nodes: [String: Int], refused: [String]
    ) {
        var nodes: [String: Int] = [:]
        var refused: [String] = []
        for viewer in 0..<count {
            let answer = fixture.route(.subscribe, seed: UInt64(seed + viewer))
            if let node = answer.node { nodes[node, default: 0] += 1 } else { refused.append(answer.refusal ?? "") }
        }
        return (nodes, refused)
    }

    @Test(arguments: [0, 10, 100]) func `only so many edges get viewers as the origin serves pulls`(affinity: Int) {
        let fixture = fixture(edges: 8, affinity: affinity)
        let (nodes, refused) = watch(fixture, 9)
        #expect(nodes.count == 2 && nodes.values.allSatisfy { $0 == 3 })
        #expect(refused.count == 3)
        #expect(
            refused.allSatisfy {
                $0
                    == "503 no node that has 'live/a' has room, and none that has room can get it: those above have all the pulls they serve (node group 'live')"
            })
        // Nobody is counted where nobody was sent.
        #expect(fixture.live.view.groups[0].load.total(.subscribe) == 6)
        for (id, entry) in fixture.live.view.nodes {
            #expect(entry.load.total(.subscribe) == nodes[id.rawValue] ?? 0)
        }
        // Each of the two was told where to pull from.
        for node in nodes.keys {
            #expect(fixture.live.pulls.parent(of: NodeID(node), for: Self.stream) == "o")
        }
    }

    @Test func `without limits every edge gets some`() {
        let (nodes, refused) = watch(fixture(edges: 8, limit: nil), 24)
        #expect(nodes.count == 8 && refused.isEmpty)
    }

    @Test func `an edge that carries the stream no more makes room for another`() {
        let fixture = fixture(edges: 4)
        let (nodes, _) = watch(fixture, 6)
        #expect(nodes.count == 2)
        let leaving = NodeID(nodes.keys.sorted()[0])
        func origin(_ sequence: Int, children: Double) {
            let source = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)
            let heartbeat = Heartbeat(
                sequence: sequence, metrics: [Metric.publishers: 1, Metric.children: children], streams: [source])
            _ = fixture.live.heartbeat(heartbeat, from: "o", at: noon + .seconds(Int64(sequence)))
        }
        origin(1, children: 2)
        let report = StreamReport(scope: "live", name: "a", role: .edge, subscribers: 3)
        _ = fixture.live.heartbeat(
            Sample.heartbeat(1, subscribers: 3, streams: [report]), from: leaving, at: noon + .seconds(1))
        _ = fixture.live.heartbeat(
            Sample.heartbeat(2, subscribers: 3), from: leaving, at: noon + .seconds(2))
        #expect(fixture.route(.subscribe, at: noon + .seconds(2)).node == nil)
        origin(2, children: 1)
        let answer = fixture.route(.subscribe, at: noon + .seconds(3))
        #expect(answer.node.map { nodes[$0] == nil } == true)
    }
}
