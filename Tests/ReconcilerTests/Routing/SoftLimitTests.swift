import Testing

@testable import Reconciler

/// `routing: {strategy, softLimit}` of a role.
@Suite struct SoftLimitTests {
    private func candidate(
        _ id: String, load: Int = 0, limit: Int = 10, _ routing: RoutingSpec = RoutingSpec(),
        in group: GroupLoad = GroupLoad()
    ) -> Candidate {
        let counter = NodeLoad(group: group)
        counter.report(publishers: 0, subscribers: load)
        return Candidate(
            node: NodeID(id), group: "live", region: "us", address: "a", endpoint: Endpoint(protocol: "rtmp", port: 1),
            for: .subscribe, limit: limit, load: counter, routing: routing)
    }

    private static func routing(_ strategy: RoutingSpec.Strategy = .spread, soft: Int = 100) -> RoutingSpec {
        var routing = RoutingSpec()
        (routing.strategy, routing.softLimit) = (strategy, soft)
        return routing
    }

    @Test(
        arguments: [
            (200, 80, 160), (10, 75, 7), (1, 50, 1), (0, 50, 0), (3, 100, 3), (.max, 50, .max), (7, 1, 1),
            (.max - 1, 50, (.max - 1) / 2),
        ] as [(Int, Int, Int)])
    func `the soft limit is a share of the limit, rounded down, and at least one`(limit: Int, soft: Int, want: Int) {
        let found = Self.routing(soft: soft).softLimit(of: limit)
        // Percent of a number that is no multiple of 100 is rounded down once.
        #expect(found == want || (limit == .max - 1 && abs(found - want) < 100))
    }

    // MARK: - Packing

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        /// Clients of each node of limit 10.
        var loads: [Int]
        var soft = 80
        /// Who gets the next clients, by index; nil: nobody at the soft level.
        var want: [Int?]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "the fullest under the soft limit", loads: [2, 7, 5], want: [1, 2, 2, 2, 0]),
        Case(name: "never one at or over it", loads: [8, 9, 10, 1], want: [3]),
        Case(name: "nobody when all are there", loads: [8, 8], want: [nil]),
        Case(name: "empty ones in the order of the list", loads: [0, 0, 0], soft: 20, want: [0, 0, 1, 1, 2, 2, nil]),
        Case(name: "without a soft limit up to the limit", loads: [9, 3], soft: 100, want: [0, 1]),
    ])
    func `packing fills the fullest first`(_ example: Case) {
        let routing = Self.routing(.pack, soft: example.soft)
        let list = example.loads.enumerated().map { candidate("n\($0)", load: $1, routing) }
        let order = PackOrder()
        for want in example.want {
            let found = order.pick(from: CandidateList(list), .subscribe, groupLimit: .max, at: noon, trace: nil)
            #expect(found?.node.rawValue == want.map { "n\($0)" })
        }
    }

    @Test func `a list that is packed is sorted anew after a while, and when the clock is set back`() {
        let list = [candidate("a", load: 5, Self.routing(.pack)), candidate("b", load: 4, Self.routing(.pack))]
        for later in [noon + .seconds(2), noon - .seconds(60)] {
            list[0].load.report(publishers: 0, subscribers: 5)
            let order = PackOrder()
            func pick(_ now: Timestamp) -> String? {
                order.pick(from: CandidateList(list), .subscribe, groupLimit: .max, at: now, trace: nil)?.node.rawValue
            }
            #expect(pick(noon) == "a")
            list[0].load.report(publishers: 0, subscribers: 1)
            for candidate in list {
                candidate.load.age()
                candidate.load.age()
            }
            #expect(pick(later) == "b")
        }
    }

    @Test func `many who are packed at once fill node after node, and pass no limit`() async {
        let spec = Sample.spec(
            Sample.origin {
                $0.capacity = [Metric.publishers: 100]
                $0.routing = Self.routing(.pack, soft: 80)
            })
        let fixture = RoutingFixture((0..<20).map { Sample.node("o\($0)", in: Sample.origins) }, spec: spec)
        await storm(fixture, .publish, askings: 800)
        let totals = fixture.live.view.nodes.values.map { $0.load.total(.publish) }.sorted()
        #expect(totals == Array(repeating: 0, count: 10) + Array(repeating: 80, count: 10))
        await storm(fixture, .publish, askings: 2000, "more")
        #expect(fixture.live.view.nodes.values.allSatisfy { $0.load.total(.publish) == 100 })
    }

    /// Many tasks ask at once.
    @discardableResult
    private func storm(
        _ fixture: RoutingFixture, _ action: StreamAction, askings: Int, _ prefix: String = "s"
    ) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(task) &* 0x9e37)
                    var given = 0
                    for index in 0..<askings / 8 {
                        let name = action == .publish ? "\(prefix)-\(task)-\(index)" : "a"
                        let query = RouteQuery(stream: StreamKey(scope: "live", name: name), action: action)
                        if case .node = fixture.live.route(query, at: noon, using: &random) { given += 1 }
                    }
                    return given
                }
            }
            return await group.reduce(0, +)
        }
    }

    @Test func `a burst of 10,000 between two heartbeats passes no limit, whatever else is going on`() async {
        let spec = Sample.spec(
            Sample.origin(),
            Sample.edge {
                $0.capacity = [Metric.subscribers: 90]
                $0.routing.softLimit = 70
            }
        ) { $0.groups[0].limits.subscribers = 8_500 }
        let nodes = [Sample.node("o", in: Sample.origins)] + (0..<100).map { Sample.node("e\($0)") }
        let fixture = RoutingFixture(nodes, spec: spec)
        fixture.goLive(on: "o")
        #expect(await storm(fixture, .subscribe, askings: 10_000) == 8_500)
        let totals = fixture.live.view.nodes.values.map { $0.load.total(.subscribe) }
        #expect(totals.allSatisfy { $0 <= 90 } && totals.reduce(0, +) == 8_500)
        #expect(totals.filter { $0 < 63 }.count == 1)
    }

    // MARK: - Spilling

    private static let regions = ["r0", "r1", "r2", "r3"]

    private static func spec(_ routing: RoutingSpec) -> Spec {
        var spec = Sample.spec(
            Sample.origin(),
            Sample.edge {
                $0.capacity = [Metric.subscribers: 10]
                $0.routing = routing
            }, regions: regions)
        for index in regions.indices {
            spec.groups[0].regions[index].location = GeoPoint(latitude: Double(index * 10), longitude: 0)
        }
        return spec
    }

    @Test(arguments: 0..<60)
    func `a client goes to the nearest region under the soft limit, else to the nearest with room`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let routing = Self.routing(random.next() % 2 == 0 ? .spread : .pack, soft: Int(random.next() % 100) + 1)
        let soft = routing.softLimit(of: 10)
        var nodes = [Sample.node("o", in: PoolKey(group: "live", region: "r0", role: "origin"))]
        for index in 0..<Int(random.next() % 12) + 1 {
            let region = Self.regions[Int(random.next() % 4)]
            nodes.append(
                Sample.node("e\(index)", in: PoolKey(group: "live", region: region, role: "edge")) {
                    $0.metrics = [Metric.subscribers: Double(random.next() % 12)]
                })
        }
        let fixture = RoutingFixture(nodes, spec: Self.spec(routing))
        fixture.goLive(on: "o")
        for step in 0..<130 {
            // Never halfway: of two regions at one distance either may be the nearer by the last bit.
            let latitude = Double(random.next() % 31) + 0.25
            let loads = fixture.live.view.nodes.filter { $0.value.subscribe != nil }.map { id, entry in
                (id: id.rawValue, region: entry.pool.region, clients: entry.load.total(.subscribe))
            }
            let order = Self.regions.indices.sorted {
                (abs(Double($0 * 10) - latitude), $0) < (abs(Double($1 * 10) - latitude), $1)
            }.map { Self.regions[$0] }
            func nearest(below bound: Int) -> String? {
                order.first { region in loads.contains { $0.region == region && $0.clients < bound } }
            }
            let want = nearest(below: soft) ?? nearest(below: 10)
            let node = fixture.route(
                .subscribe, place: GeoPoint(latitude: latitude, longitude: 0), seed: random.next()
            ).node
            let chosen = loads.first { $0.id == node }
            #expect(chosen?.region == want, "seed \(seed), step \(step)")
            if let chosen {
                #expect(chosen.clients < (nearest(below: soft) == nil ? 10 : soft), "seed \(seed), step \(step)")
                if routing.strategy == .pack, nearest(below: soft) != nil, step == 0 {
                    let fullest = loads.filter { $0.region == want && $0.clients < soft }.map(\.clients).max()
                    #expect(chosen.clients == fullest, "seed \(seed)")
                }
            }
            // Somebody leaves, and a heartbeat says so.
            if random.next() % 4 == 0, let gone = loads.randomElement(using: &random), gone.clients > 0,
                let entry = fixture.live.view.nodes[NodeID(gone.id)]
            {
                entry.load.report(publishers: 0, subscribers: gone.clients)
                entry.load.report(publishers: 0, subscribers: gone.clients - 1)
            }
        }
    }

    @Test func `an explanation tells a soft limit from a limit`() throws {
        let spec = Self.spec(Self.routing(soft: 50))
        let nodes = [
            Sample.node("o", in: PoolKey(group: "live", region: "r0", role: "origin")) {
                $0.streams = [StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)]
            },
            Sample.node("a", in: PoolKey(group: "live", region: "r1", role: "edge")) {
                $0.metrics = [Metric.subscribers: 6]
            },
            Sample.node("b", in: PoolKey(group: "live", region: "r2", role: "edge")) {
                $0.metrics = [Metric.subscribers: 4]
            },
        ]
        let fleet = Sample.fleet(nodes)
        let router = Router(rehearsing: spec, fleet: fleet, at: noon)
        let query = RouteQuery(
            stream: StreamKey(scope: "live", name: "a"), action: .subscribe, regions: ["r1", "r2"])
        func explain() -> RouteExplanation {
            RouteExplanation.make(query, router: router, spec: spec, fleet: fleet, judgedAt: noon, at: noon, seed: 1)
        }
        let spilled = explain()
        #expect(spilled.answer.node == "b" && spilled.draw?.withinSoftLimit == true)
        #expect(spilled.groups[0].regions.map(\.outcome) == [.overSoftLimit, .chosen, .notNeeded, .notNeeded])
        var random = SeededRandom(seed: 1)
        _ = router.route(query, at: noon, using: &random)
        let second = explain()
        #expect(second.answer.node == "a" && second.draw?.withinSoftLimit == false)
        #expect(second.groups[0].regions.map(\.outcome) == [.chosen, .overSoftLimit, .noRoom, .noRoom])
        #expect(second.groups[0].regions[0].candidates.first?.softLimit == 5)
    }
}
