import Testing

@testable import Reconciler

@Suite struct SelectionTests {
    private func fixture(nodes: Int, limit: Double?, groupLimit: Int? = nil) -> RoutingFixture {
        let spec = Sample.spec(
            Sample.origin { if let limit { $0.capacity = [Metric.publishers: limit] } }
        ) { $0.groups[0].limits.publishers = groupLimit }
        return RoutingFixture((0..<nodes).map { Sample.node("o\($0)", in: Sample.origins) }, spec: spec)
    }

    private func totals(_ fixture: RoutingFixture) -> [Int] {
        fixture.live.view.nodes.values.map { $0.load.total(.publish) }
    }

    /// Many tasks ask for publishers of different names at once; the number that got a node.
    private func storm(_ fixture: RoutingFixture, askings: Int) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(task) &* 0x9e37)
                    var given = 0
                    for index in 0..<askings / 8 {
                        let query = RouteQuery(
                            stream: StreamKey(scope: "live", name: "\(task)-\(index)"), action: .publish)
                        if case .node = fixture.live.route(query, at: noon, using: &random) { given += 1 }
                    }
                    return given
                }
            }
            return await group.reduce(0, +)
        }
    }

    @Test func `under any load every place is given once and no node passes its limit`() async {
        let fixture = fixture(nodes: 10, limit: 20)
        #expect(await storm(fixture, askings: 800) == 200)
        #expect(totals(fixture) == Array(repeating: 20, count: 10))
    }

    @Test func `under any load a group does not pass its limit`() async {
        let fixture = fixture(nodes: 10, limit: 20, groupLimit: 123)
        #expect(await storm(fixture, askings: 800) == 123)
        #expect(totals(fixture).reduce(0, +) == 123)
        #expect(fixture.live.view.groups[0].load.total(.publish) == 123)
    }

    @Test func `two choices keep the fullest node near the mean`() async {
        let fixture = fixture(nodes: 100, limit: nil)
        #expect(await storm(fixture, askings: 40_000) == 40_000)
        let totals = totals(fixture)
        #expect(totals.reduce(0, +) == 40_000)
        #expect((totals.max() ?? 0) <= 408 && (totals.min() ?? 0) >= 392)
    }

    @Test func `nodes of different sizes fill in proportion`() {
        let group = GroupLoad()
        let list = [10, 100].map { limit in
            Candidate(
                node: NodeID("n\(limit)"), group: "live", region: "us", address: "a",
                endpoint: Endpoint(protocol: "rtmp", port: 1), for: .publish, limit: limit, load: NodeLoad(group: group)
            )
        }
        var random = SeededRandom(seed: 3)
        let candidates = CandidateList(list)
        let selection = Selection(for: .publish, in: list[0].load.group)
        for _ in 0..<55 { _ = selection.pick(from: candidates, using: &random) }
        #expect(list.map(\.clients) == [5, 50])
    }

    @Test func `a list that is marked as full is searched again as soon as there may be room`() {
        let group = GroupLoad()
        let list = (0..<50).map { index in
            Candidate(
                node: NodeID("n\(index)"), group: "live", region: "us", address: "a",
                endpoint: Endpoint(protocol: "rtmp", port: 1), for: .subscribe, limit: 2, load: NodeLoad(group: group))
        }
        let candidates = CandidateList(list)
        let marks = candidates.marks
        var random = SeededRandom(seed: 4)
        func pick() -> NodeID? {
            Selection(for: .subscribe, in: group).pick(from: candidates, using: &random).map { list[$0].node }
        }
        for _ in 0..<100 { #expect(pick() != nil) }
        #expect(pick() == nil && marks.full.holds(at: group.rooms))
        list[7].load.report(publishers: 0, subscribers: 2)
        #expect(pick() == nil)
        list[7].load.report(publishers: 0, subscribers: 1)
        #expect(pick() == "n7")
        #expect(pick() == nil)
        // Those who never came are forgotten after two generations.
        for candidate in list { candidate.load.age() }
        #expect(pick() == nil)
        for candidate in list { candidate.load.age() }
        #expect(pick() != nil)
    }

    @Test func `a group that was full has room again when someone leaves`() {
        let fixture = fixture(nodes: 3, limit: 1)
        var random = SeededRandom(seed: 5)
        let keys = (0..<5).map { StreamKey(scope: "live", name: "s\($0)") }
        func ask(_ index: Int) -> NodeID? {
            let query = RouteQuery(stream: keys[index], action: .publish)
            guard case .node(let candidate) = fixture.live.route(query, at: noon, using: &random) else { return nil }
            return candidate.node
        }
        #expect(Set([ask(0), ask(1), ask(2)]) == ["o0", "o1", "o2"])
        #expect(ask(3) == nil && ask(4) == nil)
        fixture.live.view.nodes["o1"]?.load.report(publishers: 1, subscribers: 0)
        fixture.live.view.nodes["o1"]?.load.report(publishers: 0, subscribers: 0)
        #expect(ask(3) == "o1")
        #expect(ask(4) == nil)
    }

    @Test func `a node whose limit is nonsense does not trap`() {
        for limit in [Double.nan, .infinity, -1, 1e300, 0] {
            let node = fixture(nodes: 1, limit: limit).route(.publish).node
            #expect(node == (limit > 0 ? "o0" : nil))
        }
    }
}
