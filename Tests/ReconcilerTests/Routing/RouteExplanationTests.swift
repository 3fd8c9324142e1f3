import Testing

@testable import Reconciler

/// Why a client is sent where it is sent: the decision itself, watched.
@Suite struct RouteExplanationTests {
    private static let regions = ["us", "eu", "ap"]

    private static func spec(capacityLimit: CapacityLimit? = nil) -> Spec {
        var spec = Sample.spec(
            Sample.origin { $0.capacity = [Metric.publishers: 3] },
            Sample.edge {
                $0.capacity = [Metric.subscribers: 6]
                $0.capacityLimit = capacityLimit
            }, regions: regions)
        for (index, latitude) in [0.0, 20, 60].enumerated() {
            spec.groups[0].regions[index].location = GeoPoint(latitude: latitude, longitude: 0)
        }
        return spec
    }

    private static func fleet(_ random: inout SeededRandom) -> Fleet {
        var nodes: [Node] = []
        for index in 0..<Int(random.next() % 30) {
            let role = random.next() % 4 == 0 ? "origin" : "edge"
            let region = regions[Int(random.next() % 3)]
            let state: NodeState = random.next() % 5 == 0 ? NodeState.allCases[Int(random.next() % 10)] : .inService
            nodes.append(
                Sample.node("n\(index)", state, in: PoolKey(group: "live", region: region, role: role)) { node in
                    let count = Double(random.next() % 8)
                    node.metrics = [Metric.subscribers: count, Metric.publishers: count / 2]
                    node.cordoned = random.next() % 8 == 0
                    node.isReady = random.next() % 8 != 0
                    if random.next() % 8 == 0 { node.lastHeartbeatAt = noon - .seconds(9) }
                    if random.next() % 8 == 0 { node.address = nil }
                })
        }
        return Sample.fleet(nodes)
    }

    private static func query(_ random: inout SeededRandom, _ seed: UInt64) -> RouteQuery {
        var query = RouteQuery(
            stream: StreamKey(scope: "live", name: "a"), action: random.next() % 2 == 0 ? .publish : .subscribe)
        if random.next() % 3 == 0 { query.regions = [regions[Int(random.next() % 3)]] }
        query.strict = random.next() % 3 == 0
        if random.next() % 3 == 0 { query.place = GeoPoint(latitude: Double(random.next() % 90), longitude: 0) }
        if random.next() % 4 == 0 { query.protocol = random.next() % 2 == 0 ? "rtmp" : "wss" }
        return query
    }

    @Test(arguments: 0..<200) func `it is the decision, tells of every node once, and counts nobody`(seed: UInt64)
        throws
    {
        var random = SeededRandom(seed: seed)
        let spec = Self.spec()
        let fleet = Self.fleet(&random)
        let router = Router(rehearsing: spec, fleet: fleet, at: noon)
        let query = Self.query(&random, seed)
        if let origin = router.view.nodes.first(where: { $0.value.publish != nil && $0.value.isServing })?.key {
            router.streams.markLive(query.stream, on: origin, at: noon)
        }
        let before = router.view.groups[0].load.total(query.action)
        func explain() -> RouteExplanation {
            RouteExplanation.make(
                query, router: router, spec: spec, fleet: fleet, judgedAt: noon, at: noon, seed: seed)
        }
        let told = explain()
        #expect(told == explain(), "seed \(seed)")
        #expect(router.view.groups[0].load.total(query.action) == before, "seed \(seed)")
        var same = SeededRandom(seed: seed)
        let answer = router.route(query, at: noon, using: &same)
        #expect(told.answer.node == answer.node, "seed \(seed)")
        #expect(told.answer.detail == answer.refusal.map { String($0.dropFirst(4)) }, "seed \(seed)")
        let group = try #require(told.groups.first)
        let shown = group.regions.flatMap { $0.candidates.map(\.node) + $0.excluded.map(\.node) }
        let there = fleet.nodes.values.filter { $0.state != .terminated }.map(\.id.rawValue)
        #expect(shown.sorted() == there.sorted(), "seed \(seed)")
        #expect(!group.regions.contains { $0.excluded.contains { $0.reason == .notYet } }, "seed \(seed)")
        if let node = told.answer.node {
            let region = group.regions.first { $0.outcome == .chosen }
            #expect(region?.candidates.contains { $0.node == node } == true, "seed \(seed)")
        } else if told.answer.status == 503 {
            #expect(!group.regions.contains { !$0.candidates.isEmpty }, "seed \(seed)")
        }
    }

    private func reason(
        query: RouteQuery? = nil, limit: CapacityLimit? = nil, _ change: (inout Node) -> Void = { _ in }
    ) throws -> RouteExplanation.Reason? {
        let spec = Self.spec(capacityLimit: limit)
        let fleet = Sample.fleet([
            Sample.node("o", in: Sample.origins) {
                $0.streams = [StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)]
            }, Sample.node("e") { change(&$0) },
        ])
        let router = Router(rehearsing: spec, fleet: fleet, at: noon)
        let query = query ?? RouteQuery(stream: StreamKey(scope: "live", name: "a"), action: .subscribe)
        let told = RouteExplanation.make(
            query, router: router, spec: spec, fleet: fleet, judgedAt: noon, at: noon, seed: 1)
        return told.groups[0].regions.flatMap(\.excluded).first { $0.node == "e" }?.reason
    }

    @Test func `each reason has its case`() throws {
        let gone = PoolKey(group: "live", region: "us", role: "gone")
        let cases: [(RouteExplanation.Reason?, (inout Node) -> Void)] = [
            (nil, { _ in }), (.state, { $0.state = .draining }), (.missing, { $0.missingSince = noon + .seconds(1) }),
            (.notReady, { $0.isReady = false }), (.cordoned, { $0.cordoned = true }),
            (.noAddress, { $0.address = nil }),
            (.suspect, { $0.lastHeartbeatAt = noon - .seconds(5) }),
            (.atLimit, { $0.metrics = [Metric.subscribers: 6] }),
            (.notInSpec, { $0 = Sample.node("e", in: gone) }),
        ]
        for (want, change) in cases {
            let found = try reason(change)
            #expect(found == want)
        }
        let limit = CapacityLimit(expression: try Expression(text: "cpu", form: .capacity), below: 0.5)
        let full = try reason(limit: limit) { $0.metrics = ["cpu": 0.5] }
        #expect(full == .capacityLimit)
        let stream = StreamKey(scope: "live", name: "a")
        let queries: [(RouteExplanation.Reason, RouteQuery)] = [
            (.capability, RouteQuery(stream: stream, action: .publish)),
            (.protocol, RouteQuery(stream: stream, action: .subscribe, protocol: "wss")),
            (.strict, RouteQuery(stream: stream, action: .subscribe, regions: ["eu"], strict: true)),
        ]
        for (want, query) in queries {
            let found = try reason(query: query)
            #expect(found == want)
        }
    }

    @Test func `a publisher's own node is the answer, and says since when`() {
        let spec = Self.spec()
        let nodes = ["o", "p"].map { Sample.node($0, in: Sample.origins) }
        let fleet = Sample.fleet(nodes)
        let router = Router(rehearsing: spec, fleet: fleet, at: noon)
        let query = RouteQuery(stream: StreamKey(scope: "live", name: "a"), action: .publish)
        func explain() -> RouteExplanation {
            RouteExplanation.make(query, router: router, spec: spec, fleet: fleet, judgedAt: noon, at: noon, seed: 4)
        }
        #expect(explain().answer.how == .drawn && explain().stream.promised == nil)
        var random = SeededRandom(seed: 9)
        let node = router.route(query, at: noon, using: &random).node
        #expect(explain().answer.how == .promised && explain().answer.node == node)
        #expect(explain().stream.promised?.since == noon)
        router.streams.markLive(query.stream, on: "p", at: noon)
        router.streams.markLive(query.stream, on: NodeID(node ?? ""), at: noon)
        #expect(explain().answer.how == .live && explain().draw == nil)
    }

    @Test func `a trial counts each answer, and stops at the limits`() {
        let spec = Self.spec()
        let fleet = Sample.fleet((0..<3).map { Sample.node("o\($0)", in: Sample.origins) })
        let router = Router(rehearsing: spec, fleet: fleet, at: noon)
        let query = RouteQuery(stream: StreamKey(scope: "live", name: "a"), action: .publish)
        let trial = RouteTrial.run(query, times: 12, router: router, at: noon, seed: 1)
        #expect(trial.assigned == 9 && trial.nodes.map(\.assigned) == [3, 3, 3])
        #expect(trial.refusals.map(\.count) == [3] && trial.refusals.first?.status == 503)
    }
}
