import Testing

@testable import Reconciler

@Suite struct LiveStateTests {
    private let spec = Sample.spec(Sample.origin(), Sample.edge())
    private let stream = StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)
    private let key = StreamKey(scope: "live", name: "a")

    private func origin(_ id: String, _ state: NodeState = .inService, _ change: (inout Node) -> Void = { _ in })
        -> Node
    {
        Sample.node(id, state, in: Sample.origins, change)
    }

    @Test func `a heartbeat of nobody is answered by nothing and kept nowhere`() {
        let live = RoutingFixture([origin("gone", .terminated)], spec: spec).live
        for node in ["nobody", "gone"] as [NodeID] {
            #expect(live.heartbeat(Sample.heartbeat(streams: [stream]), from: node, at: noon) == nil)
        }
        #expect(live.telemetry.snapshot().isEmpty && live.streams.liveStreams().isEmpty)
    }

    @Test(arguments: [
        (NodeState.requested, Directive.serve), (.creating, .serve), (.created, .serve), (.started, .serve),
        (.inService, .serve), (.fault, .serve), (.draining, .drain), (.evicting, .evict), (.terminating, .stop),
    ])
    func `a node is told what its state asks of it`(_ state: NodeState, _ directive: Directive) {
        let live = RoutingFixture([origin("o", state)], spec: spec).live
        let answer = live.heartbeat(Sample.heartbeat(), from: "o", at: noon)
        #expect(answer?.directive == directive && answer?.intervalMs == 1000)
    }

    @Test func `an edge learns its parents, those of its own region first`() {
        let spec = Sample.spec(Sample.origin(), Sample.edge(), regions: ["us", "eu"])
        let far = PoolKey(group: "live", region: "eu", role: "origin")
        let nodes = [
            Sample.node("a-far", in: far) { $0.address = "2001:db8::1" }, origin("b"), origin("c", .draining),
            Sample.node("e"),
        ]
        let answer = RoutingFixture(nodes, spec: spec).live.heartbeat(Sample.heartbeat(), from: "e", at: noon)
        #expect(answer?.parents == ["rtmp://203.0.113.7:1935", "rtmp://[2001:db8::1]:1935"])
    }

    @Test func `a heartbeat that came twice or late changes nothing and is answered`() {
        let live = RoutingFixture([origin("o")], spec: spec).live
        _ = live.heartbeat(Sample.heartbeat(2, publishers: 1, streams: [stream]), from: "o", at: noon)
        for sequence in [2, 2] {
            #expect(live.heartbeat(Sample.heartbeat(sequence), from: "o", at: noon)?.directive == .serve)
        }
        #expect(live.view.nodes["o"]?.load.total(.publish) == 1)
        #expect(live.streams.entry(key)?.live?.node == "o")
        _ = live.heartbeat(Sample.heartbeat(3), from: "o", at: noon)
        #expect(live.streams.entry(key) == nil)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -5, 1e300])
    func `metrics that are nonsense do not trap`(_ value: Double) {
        let live = RoutingFixture([origin("o")], spec: spec).live
        _ = live.heartbeat(Sample.heartbeat(publishers: value, subscribers: value), from: "o", at: noon)
        #expect((live.view.nodes["o"]?.load.total(.publish) ?? -1) >= 0)
    }

    @Test func `ten thousand streams of one node come and go, nameless ones too`() {
        let live = RoutingFixture([origin("o")], spec: spec).live
        let streams = (0..<10_000).map { index in
            StreamReport(
                scope: index == 0 ? "" : "live", name: index == 0 ? "" : "s\(index)", role: .source, subscribers: 0)
        }
        _ = live.heartbeat(Sample.heartbeat(1, streams: streams), from: "o", at: noon)
        #expect(live.streams.liveStreams().count == 10_000)
        _ = live.heartbeat(Sample.heartbeat(2, streams: [stream]), from: "o", at: noon)
        #expect(live.streams.liveStreams().map(\.key) == [key])
    }

    @Test func `a publisher may begin on a serving node that takes publishers, and nowhere else`() {
        let live = RoutingFixture([origin("o"), origin("d", .draining), Sample.node("e")], spec: spec).live
        for node in ["d", "e", "nobody"] as [NodeID] { #expect(!live.published(key, on: node, at: noon)) }
        #expect(live.published(key, on: "o", at: noon))
        #expect(live.source(of: key, for: "o", at: noon) == .here)
        let hop = PullPath.Hop(node: "o", url: "rtmp://203.0.113.7:1935")
        #expect(live.source(of: key, for: "e", at: noon) == .at(PullPath(parent: hop, above: [])))
        live.unpublished(key, on: "o")
        #expect(live.source(of: key, for: "e", at: noon) == .notLive)
    }

    @Test func `a node on its way up or back wakes the loop, one in service does not`() {
        for (state, wakes) in [(NodeState.created, 1), (.fault, 1), (.inService, 0), (.draining, 0)] {
            let count = Locked(0)
            let live = LiveState(startedAt: noon) { count.with { $0 += 1 } }
            live.publish(
                view: RoutingView.build(
                    spec: spec, fleet: Sample.fleet([origin("o", state)]), now: noon, heartbeatInterval: .seconds(1),
                    loads: live.loads))
            _ = live.heartbeat(Sample.heartbeat(), from: "o", at: noon)
            #expect(count.current == wakes)
        }
    }

    @Test func `a node that is not ready any more, or is again, wakes the loop once`() {
        let count = Locked(0)
        let live = LiveState(startedAt: noon) { count.with { $0 += 1 } }
        live.publish(
            view: RoutingView.build(
                spec: spec, fleet: Sample.fleet([origin("o")]), now: noon, heartbeatInterval: .seconds(1),
                loads: live.loads))
        let beats: [(ready: Bool?, wakes: Int)] = [(nil, 0), (false, 1), (false, 1), (true, 2), (nil, 2)]
        for (index, beat) in beats.enumerated() {
            let heartbeat = Heartbeat(sequence: index + 1, metrics: [:], streams: [], ready: beat.ready)
            _ = live.heartbeat(heartbeat, from: "o", at: noon)
            #expect(count.current == beat.wakes)
        }
    }

    @Test func `a node that got nobody for its silence wakes the loop when it is heard, and only then`() {
        let count = Locked(0)
        let live = LiveState(startedAt: noon) { count.with { $0 += 1 } }
        _ = live.telemetry.record(Sample.heartbeat(1), of: "o", at: noon)
        let later = noon + .seconds(6)
        live.publish(
            view: RoutingView.build(
                spec: spec, fleet: Sample.fleet([origin("o")]), now: later, heartbeatInterval: .seconds(1),
                loads: live.loads))
        #expect(live.view.nodes["o"]?.isServing == false)
        for (sequence, moment) in [(2, later), (3, later + .seconds(1))] {
            _ = live.heartbeat(Sample.heartbeat(sequence), from: "o", at: moment)
            #expect(count.current == 1)
        }
    }

    @Test func `of two sources neither of which serves, the newer stays`() {
        let live = RoutingFixture([origin("old", .fault), origin("new", .fault)], spec: spec).live
        live.streams.markLive(key, on: "new", at: noon)
        _ = live.heartbeat(Sample.heartbeat(streams: [stream]), from: "old", at: noon)
        #expect(live.streams.entry(key)?.live?.node == "new")
    }
}

@Suite struct FleetSnapshotTests {
    private func isSurprised(_ node: Node, _ listing: Result<Listing, ProviderFailure>, askedAt: Timestamp) -> Bool {
        var snapshot = FleetSnapshot.empty(at: noon)
        snapshot.fleet = Sample.fleet([node])
        return snapshot.isSurprised(by: ListingReport(scope: node.scope, askedAt: askedAt, result: listing))
    }

    @Test func `only a complete list from after its making shows that a serving node is gone`() {
        let node = Sample.node("a") { $0.createdAt = noon }
        let empty = Listing(instances: [], complete: true)
        let later = noon + .seconds(1)
        #expect(isSurprised(node, .success(empty), askedAt: later))
        #expect(!isSurprised(node, .success(empty), askedAt: noon))
        #expect(!isSurprised(node, .success(Listing(instances: [], complete: false)), askedAt: later))
        #expect(!isSurprised(node, .failure(.retryable("busy")), askedAt: later))
        #expect(!isSurprised(Sample.node("a", .draining) { $0.createdAt = noon }, .success(empty), askedAt: later))
        let known = Sample.node("a") { node in
            node.createdAt = noon
            node.missingSince = noon
        }
        #expect(!isSurprised(known, .success(empty), askedAt: later))
    }
}
