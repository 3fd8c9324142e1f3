import Testing

@testable import Reconciler

/// Clients that found no node with room.
@Suite struct DemandTests {
    private func words(_ refused: [RefusedClients]) -> [String] {
        refused.map { "\($0.group)/\($0.region ?? "-") \($0.action.rawValue) \($0.count)" }
    }

    // MARK: - The book

    @Test func `refusals are counted by group, region and action, sorted, for two seconds`() {
        let book = DemandBook()
        for _ in 0..<3 { book.record(group: "live", region: "us", action: .subscribe, at: noon) }
        book.record(group: "live", region: nil, action: .subscribe, at: noon + .milliseconds(700))
        book.record(group: "live", region: "us", action: .publish, at: noon + .milliseconds(1200))
        book.record(group: "arena", region: "us", action: .publish, at: noon + .milliseconds(1900))
        let all = ["arena/us publish 1", "live/- subscribe 1", "live/us publish 1", "live/us subscribe 3"]
        #expect(words(book.refused(at: noon + .milliseconds(1999))) == all)
        #expect(words(book.refused(at: noon + .milliseconds(2000))) == Array(all.prefix(3)))
        #expect(words(book.refused(at: noon + .milliseconds(3400))) == ["arena/us publish 1"])
        #expect(book.refused(at: noon + .seconds(60)) == [])
    }

    @Test func `who asks again when told is counted once`() {
        let book = DemandBook()
        for round in 0..<20 {
            let now = noon + .milliseconds(2000 * round + 300)
            book.record(group: "live", region: nil, action: .publish, at: now)
            for later in [0, 500, 1100] {
                #expect(words(book.refused(at: now + .milliseconds(later))) == ["live/- publish 1"])
            }
        }
    }

    @Test func `a clock that is set back leaves no demand of the future`() {
        let book = DemandBook()
        book.record(group: "live", region: nil, action: .publish, at: noon)
        #expect(book.refused(at: noon - .seconds(3600)) == [])
        book.record(group: "live", region: nil, action: .publish, at: noon - .seconds(3600))
        #expect(words(book.refused(at: noon - .seconds(3600))) == ["live/- publish 1"])
    }

    @Test func `many threads lose no client`() async {
        let book = DemandBook()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for index in 0..<500 {
                        book.record(
                            group: "live", region: "r\(task % 2)", action: .publish, at: noon + .milliseconds(index))
                    }
                }
            }
        }
        #expect(words(book.refused(at: noon + .milliseconds(500))) == ["live/r0 publish 2000", "live/r1 publish 2000"])
    }

    // MARK: - What counts as demand

    private let spec = Sample.spec(
        Sample.origin { $0.capacity = [Metric.publishers: 1] }, Sample.edge { $0.capacity = [Metric.subscribers: 1] },
        regions: ["us", "eu"]
    ) { $0.groups[0].scopes = ["live"] }

    private func refused(_ fixture: RoutingFixture) -> [String] { words(fixture.live.demand.refused(at: noon)) }

    @Test func `no node with room is demand in the region that was wanted most`() {
        let fixture = RoutingFixture([], spec: spec)
        _ = fixture.route(.publish)
        _ = fixture.route(.publish, regions: ["eu", "us"])
        _ = fixture.route(.publish, protocol: "rtmp", regions: ["eu"], strict: true)
        #expect(refused(fixture) == ["live/- publish 1", "live/eu publish 2"])
    }

    @Test func `a viewer of a live stream that finds no room is demand`() {
        let fixture = RoutingFixture([Sample.node("o", in: Sample.origins)], spec: spec)
        fixture.goLive(on: "o")
        _ = fixture.route(.subscribe, regions: ["us"])
        #expect(refused(fixture) == ["live/us subscribe 1"])
    }

    @Test func `what more nodes would not help is none`() {
        let fixture = RoutingFixture([Sample.node("o", in: Sample.origins)], spec: spec)
        #expect(fixture.route(.publish, "one").node == "o")
        #expect(fixture.route(.publish, scope: "other").refusal?.hasPrefix("404") == true)
        #expect(fixture.route(.subscribe, "nobody").refusal?.hasPrefix("404") == true)
        #expect(fixture.route(.publish, protocol: "srt").refusal?.hasPrefix("404") == true)
        #expect(fixture.route(.publish, "two", regions: ["mars"], strict: true).refusal?.hasPrefix("404") == true)
        #expect(refused(fixture) == [])
    }

    @Test func `a group at its own limit is none`() {
        var spec = spec
        spec.groups[0].limits.publishers = 0
        let fixture = RoutingFixture([Sample.node("o", in: Sample.origins)], spec: spec)
        #expect(fixture.route(.publish).refusal?.contains("is at its limit") == true)
        #expect(refused(fixture) == [])
    }

    // MARK: - The pool that should have had room

    @Test func `demand goes to the first role that may get such clients, in the region or else in the first`() {
        var fleet = Sample.fleet([]) { $0.unserved = [PoolKey(group: "old", region: "us", role: "edge"): 9] }
        fleet.takeDemand(
            [
                RefusedClients(group: "live", region: nil, action: .publish, count: 1),
                RefusedClients(group: "live", region: "us", action: .publish, count: 2),
                RefusedClients(group: "live", region: "eu", action: .subscribe, count: 4),
                RefusedClients(group: "live", region: "gone", action: .subscribe, count: 8),
                RefusedClients(group: "gone", region: nil, action: .subscribe, count: 16),
            ], spec: spec)
        let far = PoolKey(group: "live", region: "eu", role: "edge")
        #expect(fleet.unserved == [Sample.origins: 3, far: 4])
        #expect(fleet.changed.isEmpty)
    }

    @Test func `origins that play what they have are none of it: an edge is`() {
        var fleet = Sample.fleet([])
        let playing = Sample.origin { $0.capabilities = [.publish, .subscribe] }
        let clients = [RefusedClients(group: "live", region: nil, action: .subscribe, count: 3)]
        fleet.takeDemand(clients, spec: Sample.spec(playing, Sample.edge()))
        #expect(fleet.unserved == [Sample.edges: 3])
        fleet.takeDemand(clients, spec: Sample.spec(playing))
        #expect(fleet.unserved == [:])
    }

    @Test func `a round of the loop knows who was refused since`() async throws {
        let fixture = try await LoopFixture(Sample.spec(Sample.origin(min: 0), Sample.edge(min: 0)))
        await fixture.rounds(2)
        var random = SeededRandom(seed: 1)
        let query = RouteQuery(stream: StreamKey(scope: "live", name: "a"), action: .publish)
        for _ in 0..<3 { _ = fixture.live.route(query, at: fixture.time.now(), using: &random) }
        await fixture.round(after: 1)
        #expect(fixture.live.snapshot.fleet.unserved == [Sample.origins: 3])
        await fixture.round(after: 2)
        #expect(fixture.live.snapshot.fleet.unserved == [:])
    }
}
